import { CommanderError } from 'commander';
import { assertWorkingFolder } from '../make-folder.js';
import { EXIT } from './exit-codes.js';
import { describeError } from './output/describe-error.js';
import { jsonFormat, type OutputFormat, textFormat } from './output/output-format.js';
import type { Task } from './program/add-command.js';
import { describeProgram } from './program/describe-program.js';

/** Runs `nf-sweeps` with `args` and returns its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const isJson = args.includes('--json');
  let task: Task | undefined;
  const { program, streams } = describeProgram((asked) => {
    task = asked;
  });
  // An error is told once, by the format.
  if (isJson) for (const each of [program, ...program.commands]) each.configureOutput({ writeErr: () => {} });
  const command = commandIn(args);
  const format: OutputFormat = isJson ? jsonFormat(command !== undefined && streams.has(command)) : textFormat;
  try {
    assertWorkingFolder();
    await program.parseAsync([...args], { from: 'user' });
    if (task === undefined) return EXIT.ok;
    const result = await task.perform(format.output);
    format.result(task.command, result);
    return result.exitCode;
  } catch (error) {
    // `--help` and `--version` are no errors.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const described = describeError(error);
    // Commander has told its own to people, with the nearest word and where help is.
    if (isJson || !(error instanceof CommanderError)) format.error(command, described);
    return described.exitCode;
  }
}

/** The command that `args` begin with, be it one or not. */
const commandIn = (args: readonly string[]): string | undefined => args.find((word) => !word.startsWith('-'));
