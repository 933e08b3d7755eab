import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a program is started: its name and the arguments that come before any other. */
export type Command = readonly [string, ...string[]];

/** How a program ended. */
export interface ProgramResult {
  /** Whether the program could be started at all. */
  readonly isThere: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last lines of both its outputs, in the order in which they came. */
  readonly lines: readonly string[];
}

export interface RunProgramOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether Windows has the program as a batch file, which needs a shell, as it has those of npm. */
  readonly isShellScript?: boolean;
  readonly onLine?: (line: string) => void;
}

const KEPT_LINES = 500;

/** Runs `program` to its end. Rejects only when `signal` aborts, which also ends the program. */
export async function runProgram(
  [program, ...args]: Command,
  { signal, cwd, env, isShellScript = false, onLine }: RunProgramOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    signal,
    shell: isShellScript && process.platform === 'win32',
  });
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine?.(line);
  };
  const result = await new Promise<ProgramResult>((resolve) => {
    let isThere = true;
    child.on('error', () => {
      isThere = child.pid !== undefined;
      if (!isThere) resolve({ isThere, code: null, signal: null, lines });
    });
    child.on('close', (code, endedBy) => resolve({ isThere, code, signal: endedBy, lines }));
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep);
  });
  signal.throwIfAborted();
  return result;
}

/** The first of `commands` that answers to `--version`; undefined where none does. */
export async function firstThatRuns(commands: readonly Command[], signal: AbortSignal): Promise<Command | undefined> {
  for (const command of commands) {
    if ((await runProgram([...command, '--version'], { signal })).code === 0) return command;
  }
  return undefined;
}
