import type { Paint } from '../../text/index.js';

/** What a command found: once as data, once for people, and how it ends. */
export interface CommandResult<Data extends object = object> {
  /** What `--json` prints, as a schema in `documents/` describes it. */
  readonly data: Data;
  /** The same for people, on standard output. */
  readonly text: (paint: Paint) => string;
  /** What is to be mended, a line each: on standard error for people. */
  readonly warnings?: readonly string[];
  readonly exitCode: number;
}

/** Where a command tells how it goes, before it has a result. */
export interface CommandOutput {
  /** For people: standard output, or standard error where that is for a program. */
  readonly people: NodeJS.WriteStream;
  /** Tells an event to a program that asked for JSON; to people nothing. */
  readonly event: (event: object) => void;
}

/** Lines as a text. */
export const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
