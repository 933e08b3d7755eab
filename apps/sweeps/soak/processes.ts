import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTrialFolder, readTrial } from '../src/store/trial-folder.js';

/** The built command line, which starts as users' does. */
export const COMMAND = fileURLToPath(new URL('../bin/nf-sweeps.js', import.meta.url));

/** A trial that does nothing much. */
export const SHORT_TRIAL = fileURLToPath(new URL('./short-trial.mjs', import.meta.url));

/** Starts `nf-sweeps`, behind `prefix` if there is one; `ended` comes with its exit code. */
export function nfSweeps(args: readonly string[], options: SpawnOptions = {}, prefix: readonly string[] = []) {
  const [program, ...words] = [...prefix, process.execPath, COMMAND, ...args] as [string, ...string[]];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (data) => {
    const parts = (rest + String(data)).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, lines, ended };
}

/** Whether the process still runs, for its parent. */
export const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

/** Pids of the processes that `pid` started and that run. */
export function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Sends a signal to a process that may have ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {}
}

/** One of `list` at random; undefined when it is empty. */
export const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)];

/** Writes a sweep of `count` trials of 0.1 s an epoch into `folder`, and returns the file. */
export function shortSweep(folder: string, name: string, count: number, epochs = 1): string {
  const path = join(folder, `${name}.yaml`);
  const values = Array.from({ length: count }, (_, i) => (i + 1) / 100_000);
  writeFileSync(
    path,
    `name: ${name}\nengine: cpu\ntrial:\n  model: nfnet_digits\n  dataset: { name: mnist, train: 1024, test: 100 }\n` +
      `  epochs: ${epochs}\n  learningRate: { base: 0.1 }\naxes:\n  clipFactor: [${values.join(', ')}]\n`,
  );
  return path;
}

/** The trials of the run folder `dir`, as new ones that nothing was computed of, in folders below `to`. */
export function copyTrials(dir: string, to: string): string[] {
  return readdirSync(join(dir, 'trials')).map((id) => {
    const copy = join(to, id);
    createTrialFolder(copy, readTrial(join(dir, 'trials', id))!);
    return copy;
  });
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Starts a Redis that keeps its queue in `folder`, and listens at `redis.sock` there. */
export function startRedis(folder: string): ChildProcess {
  const unixsocket = join(folder, 'redis.sock');
  const options = { port: '0', unixsocket, dir: folder, save: '', appendonly: 'yes', appendfsync: 'everysec' };
  return spawn(
    'redis-server',
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    {
      stdio: 'ignore',
    },
  );
}
