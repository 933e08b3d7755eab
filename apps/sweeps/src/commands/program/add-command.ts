import type { Command } from 'commander';
import type { CommandOutput, CommandResult } from '../output/command-result.js';

/** What a command line asks for. */
export interface Task {
  readonly command: string;
  readonly perform: (output: CommandOutput) => Promise<CommandResult>;
}

/** Takes what the command line asks for: nothing is done while it is read. */
export type TakeTask = (task: Task) => void;

/** Adds commands to a program. */
export type AddCommand = (
  name: string,
  description: string,
  /** `isStream`: asked for JSON it tells how it goes, a line for each event. */
  options?: { readonly isStream?: boolean },
) => {
  readonly command: Command;
  /** Says what the command does with its arguments and options. */
  readonly does: <Args extends unknown[]>(
    perform: (output: CommandOutput, ...args: Args) => Promise<CommandResult>,
  ) => void;
};

/** What adds commands to `program`, each with `--json`, hands what is asked for to `take`, and notes those that are `streams`. */
export const commandAdder =
  (program: Command, take: TakeTask, streams: Set<string>): AddCommand =>
  (name, description, { isStream = false } = {}) => {
    const command = program.command(name).description(description);
    if (isStream) streams.add(name);
    return {
      command,
      does<Args extends unknown[]>(perform: (output: CommandOutput, ...args: Args) => Promise<CommandResult>) {
        command
          .option(
            '--json',
            isStream ? 'print JSON alone, a line for each event' : 'print one JSON document, and nothing else',
          )
          .action((...words: unknown[]) => {
            // Commander hands itself over behind the options. How it is printed is no command's business.
            const { json: _, ...chosen } = words.at(-2) as { json?: true };
            const args = [...words.slice(0, -2), chosen] as Args;
            take({ command: name, perform: (output) => perform(output, ...args) });
          });
      },
    };
  };
