import { parseSweepConfig } from '../config/index.js';
import { canonicalJson, keysOfSeed, leaves, seedSettings, sweepTrials } from '../plan/index.js';
import type { Trial } from '../schema/index.js';
import { type OpenRun, planConflicts, runFiles, storedPlan } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { shellWord } from '../text/index.js';
import { configText } from './load-config.js';

/** A command that adds seeds to a run folder. */
export interface SeedCommand {
  readonly command: string;
  /** Trials that it adds. */
  readonly trials: number;
}

/**
 * The command that trains the combinations of the trials `needed` of the run folder `dir` with `count` seeds; undefined where its config cannot
 * be given more. It is planned here: `run` takes it, and keeps every trial that is there.
 */
export function seedCommand(
  dir: string,
  { plan, records }: OpenRun,
  needed: ReadonlySet<string>,
  count: number,
): SeedCommand | undefined {
  const stored = records.map(({ trial }) => trial);
  const ofSeed = keysOfSeed(plan.config.references);
  const combination = ({ config }: Trial): string =>
    canonicalJson(Object.fromEntries(Object.entries(leaves(config)).filter(([path]) => !ofSeed.has(path))));
  const wanted = new Set(stored.filter(({ id }) => needed.has(id)).map(combination));
  for (const settings of seedSettings(plan.config, stored, needed, count)) {
    const trials = plannedTrials(dir, plan.config, settings, records);
    if (!trials || planConflicts(plan, storedPlan(plan.config, trials)).length > 0) continue;
    const seeds = new Map<string, number>();
    for (const trial of trials) seeds.set(combination(trial), (seeds.get(combination(trial)) ?? 0) + 1);
    if ([...wanted].some((key) => (seeds.get(key) ?? 0) < count)) continue;
    const known = new Set(plan.trials);
    return {
      command: ['nf-sweeps run', dir, ...settings].map((word, i) => (i === 0 ? word : shellWord(word))).join(' '),
      trials: trials.filter(({ id }) => !known.has(id)).length,
    };
  }
  return undefined;
}

function plannedTrials(
  dir: string,
  config: OpenRun['plan']['config'],
  overrides: readonly string[],
  records: OpenRun['records'],
): Trial[] | undefined {
  const known = new Map(records.map((record) => [record.trial.id, record]));
  try {
    const changed = parseSweepConfig(runFiles(dir).plan, configText(config), { overrides });
    return sweepTrials(changed, (trial) => known.get(trial.id) ?? { trial });
  } catch (error) {
    if (error instanceof SweepError) return undefined;
    throw error;
  }
}
