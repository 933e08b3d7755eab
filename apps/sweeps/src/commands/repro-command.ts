import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EngineName } from '../engines/index.js';
import { superviseTrial } from '../execute/index.js';
import { compareLosses } from '../report/index.js';
import {
  createTrialFolder,
  explainUnwritable,
  readEnvironment,
  readMetrics,
  readStatus,
  readTrial,
  trialFiles,
} from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { EXIT } from './exit-codes.js';
import { tellDamage } from './tell-damage.js';

export interface ReproOptions {
  /** Folder for the second run; `repro/<id>` in the run folder by default. */
  readonly out?: string;
  /** The engine of the first run by default. */
  readonly engine?: EngineName;
  /** Largest relative difference of a loss that counts as the same. */
  readonly tolerance: number;
  readonly trialModule?: string;
}

/** Runs the trial in `dir` again in a fresh folder, compares the losses of the steps, and returns the exit code. */
export async function reproCommand(dir: string, options: ReproOptions): Promise<number> {
  const trial = readTrial(dir);
  const environment = readEnvironment(dir);
  if (!trial || !environment) {
    throw new SweepError(`${dir}: holds no trial that was run. Give a folder as runs/NAME/trials/ID.`);
  }
  const target = options.out ?? join(dirname(dirname(resolve(dir))), 'repro', trial.id);
  if (existsSync(target)) throw new SweepError(`${target}: is there already. Delete it, or give another with --out.`);
  explainUnwritable(target, () => mkdirSync(dirname(target), { recursive: true }));
  createTrialFolder(target, trial);
  const engine = options.engine ?? String(environment['engine'] ?? 'auto');
  const threads = Number(environment['threads'] ?? 1);
  print(`Running trial ${trial.id} again in ${target}, on ${engine} with ${threads} threads.`);

  const forever = new AbortController().signal;
  const end = await superviseTrial(
    { id: trial.id, dir: target },
    { engine, threads, ...(options.trialModule ? { trialModule: options.trialModule } : {}) },
    { emit: () => {}, stop: forever, kill: forever },
  );
  const [before, after] = [readStatus(dir), readStatus(target)];
  if (after?.status !== before?.status) {
    print(`It ended ${after?.status ?? 'without a record'}, and ${before?.status} the first time.`, end.output);
    return EXIT.failed;
  }
  const damage = new Set<string>();
  const [first, second] = [dir, target].map((folder) => readMetrics(folder, (message) => damage.add(message)));
  const { steps, firstDifference, largest } = compareLosses(first!, second!);
  const other = differences(environment, readEnvironment(target)!);
  if (other.length > 0) print('The environment is another one:', ...other.map((line) => `  ${line}`));
  const isWhole = tellDamage(damage) === EXIT.ok;
  if (steps === 0) {
    print(`The first run left no losses to compare: ${trialFiles(dir).metrics}.`);
    return EXIT.failed;
  }
  if (firstDifference === undefined) {
    print(`The losses of all ${steps} steps are the same to the bit.`);
    return isWhole ? EXIT.ok : EXIT.failed;
  }
  const isWithin = largest <= options.tolerance;
  print(
    `The losses of ${steps} steps differ from step ${firstDifference} on, by at most ${largest.toExponential(2)} of a loss: ` +
      `${isWithin ? 'within' : 'beyond'} the tolerance of ${options.tolerance}.`,
  );
  return isWithin && isWhole ? EXIT.ok : EXIT.failed;
}

/** What of the software and the machine is not as it was. */
function differences(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return ['git', 'lockfile', 'versions', 'engine', 'cpu', 'platform', 'threads'].flatMap((key) => {
    const [was, is] = [JSON.stringify(before[key]), JSON.stringify(after[key])];
    return was === is ? [] : [`${key} is ${is ?? 'absent'} now, ${was ?? 'absent'} before`];
  });
}

const print = (...lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);
