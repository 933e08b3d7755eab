import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EngineName } from '../engines/index.js';
import { superviseTrial } from '../execute/index.js';
import { makeFolder } from '../make-folder.js';
import { compareLosses } from '../report/index.js';
import {
  createTrialFolder,
  explainUnwritable,
  readEnvironment,
  readMetrics,
  readPlan,
  readStatus,
  readTrial,
  trialFiles,
} from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { reproDocument } from './documents/folder-documents.js';
import { EXIT } from './exit-codes.js';
import { type CommandOutput, type CommandResult, textOf } from './output/command-result.js';

export interface ReproOptions {
  /** Folder for the second run; `repro/<id>` in the run folder by default. */
  readonly out?: string;
  /** The engine of the first run by default. */
  readonly engine?: EngineName;
  /** Largest relative difference of a loss that counts as the same. */
  readonly tolerance: number;
  readonly trialModule?: string;
}

type ReproData = DocumentOf<typeof reproDocument>;

/** Runs the trial in `dir` again in a fresh folder, and compares the losses of the steps. */
export async function reproCommand(
  dir: string,
  options: ReproOptions,
  { people }: CommandOutput,
): Promise<CommandResult<ReproData>> {
  const trial = readTrial(dir);
  const environment = readEnvironment(dir);
  if (!trial || !environment) {
    throw new SweepError(`${dir}: holds no trial that was run. Give a folder as runs/NAME/trials/ID.`);
  }
  const target = options.out ?? join(dirname(dirname(resolve(dir))), 'repro', trial.id);
  if (existsSync(target)) throw new SweepError(`${target}: is there already. Delete it, or give another with --out.`);
  explainUnwritable(target, () => makeFolder(dirname(target)));
  createTrialFolder(target, trial);
  const engine = options.engine ?? String(environment['engine'] ?? 'auto');
  const threads = Number(environment['threads'] ?? 1);
  people.write(`Running trial ${trial.id} again in ${target}, on ${engine} with ${threads} threads.\n`);

  const trialModule = options.trialModule ?? readPlan(dirname(dirname(resolve(dir))))?.config.trialModule;
  const forever = new AbortController().signal;
  const end = await superviseTrial(
    { id: trial.id, dir: target },
    { engine, threads, ...(trialModule ? { trialModule } : {}) },
    { emit: () => {}, stop: forever, kill: forever },
  );
  const [before, after] = [readStatus(dir)?.status, readStatus(target)?.status];
  const damage = new Set<string>();
  const [first, second] = [dir, target].map((folder) => readMetrics(folder, (message) => damage.add(message)));
  const { steps, firstDifference, largest } = compareLosses(first!, second!);
  const isSame = before === after && steps > 0 && (firstDifference === undefined || largest <= options.tolerance);
  const data: ReproData = {
    ...{ trial: trial.id, dir: target, isSame, steps, largest, tolerance: options.tolerance },
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    ...(firstDifference === undefined ? {} : { firstDifference }),
    environment: differences(environment, readEnvironment(target) ?? environment),
  };
  return {
    data,
    text: () => textOf([...outcomeLines(data, trialFiles(dir).metrics), ...(before === after ? [] : [end.output])]),
    warnings: [...damage],
    exitCode: isSame ? damageCode([...damage]) : EXIT.failed,
  };
}

/** What came of the second run, for people; `metrics` is the file of the first run's losses. */
function outcomeLines(
  { before, after, environment, steps, firstDifference, largest, tolerance, isSame }: ReproData,
  metrics: string,
): string[] {
  if (after !== before) return [`It ended ${after ?? 'without a record'}, and ${before} the first time.`];
  const other =
    environment.length > 0 ? ['The environment is another one:', ...environment.map((line) => `  ${line}`)] : [];
  if (steps === 0) return [...other, `The first run left no losses to compare: ${metrics}.`];
  if (firstDifference === undefined) return [...other, `The losses of all ${steps} steps are the same to the bit.`];
  return [
    ...other,
    `The losses of ${steps} steps differ from step ${firstDifference} on, by at most ${largest.toExponential(2)} of a loss: ` +
      `${isSame ? 'within' : 'beyond'} the tolerance of ${tolerance}.`,
  ];
}

/** What of the software and the machine is not as it was. */
function differences(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return ['git', 'lockfile', 'versions', 'engine', 'cpu', 'platform', 'threads'].flatMap((key) => {
    const [was, is] = [JSON.stringify(before[key]), JSON.stringify(after[key])];
    return was === is ? [] : [`${key} is ${is ?? 'absent'} now, ${was ?? 'absent'} before`];
  });
}
