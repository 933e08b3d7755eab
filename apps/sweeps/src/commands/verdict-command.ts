import { resolve } from 'node:path';
import { keysOfSeed } from '../plan/index.js';
import { type Answer, type VerdictGoal, verdict, verdictLines } from '../report/index.js';
import { openRun } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { verdictDocument } from './documents/folder-documents.js';
import { EXIT } from './exit-codes.js';
import { type SeedCommand, seedCommand } from './more-seeds.js';
import { type CommandResult, textOf } from './output/command-result.js';

export interface VerdictCommandOptions extends VerdictGoal {
  readonly between?: readonly string[];
  readonly where?: readonly string[];
}

/** Seeds that a command is made of; what needs more is told. */
const MOST_SEEDS = 100;

const CODES: Readonly<Record<Answer, number>> = {
  keep: EXIT.ok,
  discard: EXIT.discard,
  'test again': EXIT.testAgain,
};

/** Says whether B is really better than A, of two run folders or of two settings of one; the exit code is that of the answer. */
export async function verdictCommand(
  a: string,
  b: string | undefined,
  { between, where, ...goal }: VerdictCommandOptions,
): Promise<CommandResult<DocumentOf<typeof verdictDocument>>> {
  const dirs = [a, ...(b === undefined ? [] : [b])];
  const settings = settingsOf(dirs, between);
  const runs = await Promise.all(dirs.map((dir) => openRun(dir)));
  const judged = runs.map(({ plan, records }) => ({ records, ofSeed: keysOfSeed(plan.config.references) }));
  const question = settings ? { run: judged[0]!, between: settings } : { a: judged[0]!, b: judged[1]! };
  const found = verdict(question, goal, where);
  const { judgements, answer, noise } = found;
  const names = settings ?? [a, b!];
  const open = judgements.filter((judgement) => judgement.answer === 'test again');
  const able = open.filter(({ seeds }) => typeof seeds === 'number' && seeds <= MOST_SEEDS);
  const needed = new Set(able.flatMap((judgement) => [...judgement.a.trials, ...judgement.b.trials]));
  const most = Math.max(...able.map(({ seeds }) => seeds!));
  const made = able.length === 0 ? [] : dirs.map((dir, i) => seedCommand(dir, runs[i]!, needed, most) ?? dir);
  const commands = made.filter((each): each is SeedCommand => typeof each !== 'string');
  const tooMany = able.length < open.length ? [manySeeds(open.length - able.length)] : [];
  const stuck = made.flatMap((each) => (typeof each === 'string' ? [`${each}: ${NO_MORE}`] : []));
  const damage = runs.flatMap((run) => [...run.damage]);
  return {
    data: {
      ...{ a: names[0]!, b: names[1]!, answer, goal, judgements, noise, commands },
      notes: [...tooMany, ...stuck],
    },
    text: (paint) =>
      textOf([
        `A  ${names[0]}`,
        `B  ${names[1]}`,
        '',
        ...verdictLines(found, goal, paint),
        ...tooMany,
        '',
        `Answer: ${answer}`,
        ...commands.map(({ command, trials }) => `${command}    # ${trials} more trials`),
        ...stuck,
      ]),
    warnings: damage,
    exitCode: damageCode(damage, CODES[answer]),
  };
}

const NO_MORE =
  'its config cannot be given more seeds; write them into it yourself, and run it with --out another folder.';

const manySeeds = (count: number): string =>
  `${count} of them need${count === 1 ? 's' : ''} more than ${MOST_SEEDS} seeds: a larger --margin, or steadier training, is the way out.`;

/** The two settings of one folder; undefined of two folders. */
function settingsOf(dirs: readonly string[], between: readonly string[] | undefined): [string, string] | undefined {
  if (between === undefined) {
    if (dirs.length === 1)
      throw new SweepError(
        `verdict: takes two run folders, or one and --between with two settings of it, got ${dirs[0]} alone. Add --between clipFactor=0.01 clipFactor=0.04, or the other folder.`,
      );
    if (resolve(dirs[0]!) === resolve(dirs[1]!))
      throw new SweepError(`verdict: ${dirs[0]} is both A and B. Name another folder, or one alone and --between.`);
    return undefined;
  }
  if (dirs.length === 2)
    throw new SweepError(
      `--between: must be of one run folder, got ${dirs.join(' and ')}. Leave one of them out, or --between.`,
    );
  if (between.length !== 2)
    throw new SweepError(
      `--between: must have two settings, got ${between.length} (${between.join(' ')}). Give it behind the folder: RUN --between clipFactor=0.01 clipFactor=0.04.`,
    );
  return between as [string, string];
}
