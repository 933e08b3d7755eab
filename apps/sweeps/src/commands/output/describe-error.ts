import { CommanderError } from 'commander';
import { SweepError } from '../../sweep-error.js';
import { EXIT } from '../exit-codes.js';

/** What kind of thing went wrong. */
export const ERROR_CODES = {
  'command-line': 'a word or an option of the command line',
  config: 'a config file, at file:line:column',
  input: 'a file, a folder or a value that cannot be used',
  system: 'what the operating system refused: a full disk, no permission',
  internal: 'a fault of nf-sweeps',
} as const;

/** One mistake, with its place where that is known. */
interface Problem {
  readonly message: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** Path of the key of a config: `trial.epochs`. */
  readonly key?: string;
  /** Option of the command line: `--parallel`. */
  readonly option?: string;
}

/** An error as the user is told of it. */
export interface DescribedError {
  readonly code: keyof typeof ERROR_CODES;
  /** All that people read. */
  readonly message: string;
  /** A mistake each. */
  readonly problems: readonly Problem[];
  readonly exitCode: number;
}

/** Tells what `error` is, what to say of it, and the exit code that it ends with. Pure. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { code: 'command-line', message, problems: [problemOf(message)], exitCode: EXIT.usage };
  }
  if (!(error instanceof SweepError)) {
    const refused = refusal(error);
    const message = refused ?? (error as Error).stack ?? String(error);
    return { code: refused ? 'system' : 'internal', message, problems: [{ message }], exitCode: EXIT.failed };
  }
  const { message } = error;
  // Lines without a place belong to the one above.
  const isPlaced = message.split('\n').every((line) => PLACE.test(line));
  const problems = (isPlaced ? message.split('\n') : [message]).map(problemOf);
  // A full disk is not the user's typing mistake.
  if (error.cause !== undefined) return { code: 'system', message, problems, exitCode: EXIT.failed };
  const [first] = problems as [Problem];
  const code = first.line !== undefined ? 'config' : first.option || first.key ? 'command-line' : 'input';
  return { code, message, problems, exitCode: EXIT.usage };
}

/** `file:line:column: key: rule`, the way every mistake in a config is told. */
const PLACE = /^([^\n]+?):(\d+):(\d+): /;
const KEY = /^([A-Za-z]\w*(?:[.[][\w.\]-]*)*): /;

function problemOf(message: string): Problem {
  const [place, file, line, column] = PLACE.exec(message) ?? [];
  const rest = message.slice(place?.length ?? 0).replace(/^command line: /, '');
  const isSetting = message.startsWith('command line: ');
  const key = place !== undefined || isSetting ? KEY.exec(rest)?.[1] : undefined;
  // Of a way out that names options, none is at fault.
  const option = /^(?:required |unknown )?(?:option )?'?(--[a-z][a-z-]*)/.exec(message)?.[1];
  return {
    message,
    ...(file === undefined ? {} : { file, line: Number(line), column: Number(column) }),
    ...(key === undefined ? {} : { key }),
    ...(option === undefined || place !== undefined ? {} : { option }),
  };
}

/** What the system refused, where `error` is of that kind: the file and the reason say more than a stack. */
function refusal(error: unknown): string | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return undefined;
  return `${path}: the system refused to ${syscall ?? 'use'} it (${code}). Mend or move it, and run the same command again.`;
}
