import { spawn } from 'node:child_process';
import { ownCommand } from '../own-command.js';
import type { EngineName } from './engine-names.js';
import type { EngineProbe } from './probe-engine.js';

export interface ProbeOptions {
  readonly measure?: boolean;
  /** Program and arguments that end in the command line of `nf-sweeps`, this process's own by default. */
  readonly command?: readonly [string, ...string[]];
  /** How long the process may take. */
  readonly timeoutMs?: number;
}

/** Tries `engine` in a process of its own, so that a library which crashes or hangs takes only that process with it. */
export function probeInChild(
  engine: EngineName,
  { measure = false, command = ownCommand(), timeoutMs = 60_000 }: ProbeOptions = {},
): Promise<EngineProbe> {
  const [program, ...prefix] = command;
  const child = spawn(program, [...prefix, 'probe-engine', engine, ...(measure ? ['--measure'] : [])], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let answer: EngineProbe | undefined;
  let complaint = '';
  child.on('message', (message: EngineProbe) => {
    answer = message;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  const start = performance.now();
  return new Promise((resolve) => {
    const end = (how: string) => {
      const last = complaint.trim().split('\n').at(-1)!;
      const reason = `its process ${how}${last && `; the last it said: ${last}`}`;
      resolve(answer ?? { engine, isAvailable: false, reason });
    };
    child.on('error', (error) => end(`could not be started (${error.message})`));
    child.on('close', (code, signal) => {
      const isLate = signal === 'SIGKILL' && performance.now() - start >= timeoutMs;
      end(
        isLate ? `gave no answer in ${timeoutMs / 1000} s` : signal ? `died of ${signal}` : `ended with code ${code}`,
      );
    });
  });
}
