import type { DocumentOf } from './documents/document-parts.js';
import type { guideDocument } from './documents/other-documents.js';
import { EXIT, exitCodeLines } from './exit-codes.js';
import type { CommandResult } from './output/command-result.js';
import { ERROR_CODES } from './output/describe-error.js';

/** A command as the guide lists it. */
interface ListedCommand {
  name(): string;
  description(): string;
  readonly options: readonly { readonly long?: string | undefined }[];
}

/** Tells a program how to use the `commands`. */
export async function guideCommand(
  commands: readonly ListedCommand[],
): Promise<CommandResult<DocumentOf<typeof guideDocument>>> {
  const text = guideText(commands);
  return { data: { text }, text: () => text, exitCode: EXIT.ok };
}

/** The guide, of the same tables as the commands. Pure. */
function guideText(commands: readonly ListedCommand[]): string {
  // What the program starts itself has no JSON.
  const listed = commands.filter(({ options }) => options.some(({ long }) => long === '--json'));
  const width = Math.max(...listed.map((command) => command.name().length));
  const line = (command: ListedCommand) => `  ${command.name().padEnd(width)}  ${command.description()}`;
  return `${INTRODUCTION}
COMMANDS

${listed.map(line).join('\n')}

EXIT CODES, of every command

${exitCodeLines().join('\n')}

ERRORS

With --json an error is a document too: { "type": "error", "exitCode", "error": { "code", "message", "problems" } }. Each problem has what
is known of file, line, column, key and option. Codes:

${Object.entries(ERROR_CODES)
  .map(([code, means]) => `  ${code.padEnd(12)}  ${means}`)
  .join('\n')}
`;
}

const INTRODUCTION = `NF-SWEEPS FOR PROGRAMS

This program trains one network (or runs one function of yours) for every combination of settings, keeps each trial in a folder, and
says which difference is real. Every command takes --json and prints one JSON document then, with "version", "command", "exitCode" and
"warnings"; run, worker and serve print a line for each event, and what people read goes to standard error. The JSON Schemas of all of
it are in the package: schemas/COMMAND.schema.json; that of configs is sweep.schema.json. NaN, Infinity and -Infinity are texts of that
name.

1. CONFIGURE. Write a config, or have one written for your images. Settings on a command line win over the file: key.path=value.

  nf-sweeps init --out first.yaml --json
  nf-sweeps init images/ --out first.yaml --json

2. PLAN. Costs nothing and runs nothing. "toRun" are the ids of what would run, "conflicts" why the folder does not take it; exit code 2
with those. --measure makes a few steps and gives "estimate.seconds".

  nf-sweeps plan first.yaml --json
  nf-sweeps plan first.yaml trial.epochs=2 axes.batchSize=64,256 --out runs/short --json

3. RUN. The same command again continues after a stop and makes only what is missing: a trial that is done is never made twice. Send
SIGINT to stop it after the current steps, twice to kill it.

  nf-sweeps run first.yaml --quick --json
  nf-sweeps run first.yaml --parallel 2 --json

Events by "type": sweep-started, trials-planned, trial-started, trial-resumed, trial-epoch, trial-restarted, trial-done, trial-diverged,
trial-pruned, trial-failed, trial-preempted, note, and as the last line sweep-ended, or error. A trial that diverged is a result. One
that failed makes exit code 1: its log.txt says why, and the same command tries it again.

4. WATCH. Read the events; or the run folder, at any time, which plan and ls do; or the page, of one sweep or of all in a folder.

  nf-sweeps ls runs --json
  nf-sweeps plan runs/first --json
  nf-sweeps serve runs/first --port 0 --json
  nf-sweeps serve runs --port 0 --json

5. JUDGE. Never compare two means by eye: ask. The exit code is the answer: 0 keep B, 10 discard it, 20 test again. With 20 "commands"
has what adds the seeds that it takes; run it, and ask once more.

  nf-sweeps verdict runs/first --between clipFactor=0.01 clipFactor=0.04 --where batchSize=64 --json
  nf-sweeps verdict runs/a runs/b --margin 0.5 --json

6. READ. The summary of all trials, or tables of trials and epochs.

  nf-sweeps report runs/first --json
  nf-sweeps export runs/first --table epochs --json
`;
