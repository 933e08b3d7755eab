import { toJson } from '@nfnets/json-numbers';
import { terminalPaint } from '../../terminal-paint.js';
import type { CommandOutput, CommandResult } from './command-result.js';
import type { DescribedError } from './describe-error.js';

/** Version of the documents: it changes when a field is taken away or means something else. */
const VERSION = 1;

/** How the commands print: the only place that knows whether people or a program read. */
export interface OutputFormat {
  readonly output: CommandOutput;
  readonly result: (command: string, result: CommandResult) => void;
  readonly error: (command: string | undefined, error: DescribedError) => void;
}

/** For people: results on standard output, what is to be mended and errors on standard error. */
export const textFormat: OutputFormat = {
  output: { people: process.stdout, event: () => {} },
  result(_, { text, warnings = [] }) {
    process.stdout.write(text(terminalPaint(process.stdout)));
    for (const line of warnings) process.stderr.write(`${line}\n`);
  },
  error(_, { message }) {
    process.stderr.write(`${message}\n`);
  },
};

/** For programs: on standard output JSON alone, a document, or a line for each event where the command tells how it goes. */
export function jsonFormat(isStream: boolean): OutputFormat {
  const write = (value: object) => void process.stdout.write(`${toJson(value, isStream ? undefined : 2)}\n`);
  return {
    output: { people: process.stderr, event: write },
    result(command, { data, warnings = [], exitCode }) {
      write({ ...data, version: VERSION, command, exitCode, warnings });
    },
    error(command, { exitCode, code, message, problems }) {
      const [first] = problems;
      const error = { code, ...first, message, problems };
      write({ type: 'error', version: VERSION, ...(command ? { command } : {}), exitCode, error });
    },
  };
}
