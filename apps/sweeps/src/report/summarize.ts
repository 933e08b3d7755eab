import { combinationKey, combinationOf, keysOfSeed, nameOfConfig, namingAxes, valuesOf } from '../plan/index.js';
import {
  assertRecords,
  type TrialConfig,
  type TrialMetrics,
  type TrialRecord,
  type TrialStatus,
  trialSeconds,
} from '../schema/index.js';
import { meanOf, sampleSd } from '../statistics/index.js';
import { formatPercent, isFigure } from '../text/index.js';
import { bestCombinations } from './best-combination.js';
import { groupBy } from './figures/group-by.js';

/** State of a planned trial; `queued` until it first starts. */
export type TrialState = TrialStatus['status'] | 'queued';

/** One trial of a summary. */
export interface TrialSummary {
  readonly id: string;
  readonly status: TrialState;
  readonly reason?: string;
  readonly config: TrialConfig;
  /** Peak learning rate the rule gave. */
  readonly learningRate: number;
  /** Steps made, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Of a trial that diverged: the step at which its loss was lost, which was noticed at `step`. */
  readonly lostAt?: number;
  /** `accuracy` (0 to 1) and `loss` on the test images, `trainLoss`; of the last completed epoch where it diverged. */
  readonly metrics: TrialMetrics;
  readonly seconds?: number;
}

/** The file `summary.json`. */
export interface SweepSummary {
  readonly name: string;
  /** How many trials are in each state that occurs. */
  readonly counts: Readonly<Partial<Record<TrialState, number>>>;
  /** The combination of values that is best over its seeds; the first of several that are equal. */
  readonly best?: BestOfSweep;
  readonly trials: readonly TrialSummary[];
}

/** The best combination of a sweep: which its trials are, and how good. */
export interface BestOfSweep {
  /** Ids of its trials. */
  readonly trials: readonly string[];
  /** Mean accuracy, 0 to 1, of the `done` of them, and its standard deviation where they are several. */
  readonly accuracy: number;
  readonly sd?: number;
  readonly done: number;
  /** How many other combinations are as good. */
  readonly equals: number;
}

/**
 * Sums up `records` of the sweep `name`, in their order. Pure.
 *
 * @param name Name of the sweep.
 * @param records What is known of its trials.
 * @param ofSeed Keys of a trial that belong to its seed, so that they tell no combinations apart. Default the seed and the repeat.
 * @throws TypeError for what is no list of records.
 * @example
 * ```ts
 * import { loadSweepConfig, planTrials, summarize } from '@nfnets/sweeps';
 *
 * const config = await loadSweepConfig('quickstart.yaml');
 * const { counts } = summarize(config.name, planTrials(config).map((trial) => ({ trial })));
 * console.log(counts); // { queued: 12 }
 * ```
 */
export function summarize(
  name: string,
  records: readonly TrialRecord[],
  ofSeed: ReadonlySet<string> = keysOfSeed(),
): SweepSummary {
  assertRecords('summarize', records);
  const trials = records.map(summarizeTrial);
  const counts: Partial<Record<TrialState, number>> = {};
  for (const { status } of trials) counts[status] = (counts[status] ?? 0) + 1;
  const best = bestOfSweep(trials, ofSeed);
  return { name, counts, ...(best ? { best } : {}), trials };
}

function bestOfSweep(trials: readonly TrialSummary[], ofSeed: ReadonlySet<string>): BestOfSweep | undefined {
  const groups = groupBy(trials, ({ config }) => combinationKey(combinationOf(config, ofSeed)));
  const combinations = [...groups.values()].map((group) => {
    const done = group.flatMap(({ status, metrics: { accuracy } }) =>
      status === 'done' && isFigure(accuracy) ? accuracy : [],
    );
    const diverged = group.filter(({ status }) => status === 'diverged').length;
    return { group, done, diverged, ...(done.length > 0 ? { mean: meanOf(done) } : {}) };
  });
  const [best, ...equals] = bestCombinations(combinations);
  if (!best) return undefined;
  return {
    trials: best.group.map(({ id }) => id),
    accuracy: best.mean!,
    ...(best.done.length > 1 ? { sd: sampleSd(best.done) } : {}),
    done: best.done.length,
    equals: equals.length,
  };
}

/** `clip 0.01, batch 256`: where the best combination of `summary` is, without the seeds of its trials; empty where there is none. */
export function nameOfBest({ best, trials }: Pick<SweepSummary, 'best' | 'trials'>): string {
  const own = trials.filter(({ id }) => best?.trials.includes(id));
  const [first] = own;
  if (!first) return '';
  const rows = own.map(({ config }) => valuesOf(config));
  // What follows from the seed is not the same throughout.
  const isShared = (path: string) => rows.every((row) => row[path] === rows[0]![path]);
  const axes = namingAxes(trials.map(({ config }) => config));
  return nameOfConfig(
    first.config,
    axes.filter(({ path }) => path !== 'seed' && path !== 'repeat' && isShared(path)),
  );
}

/** `96.4 ± 0.3 % over 3 seeds`. */
export function describeBest({ accuracy, sd, done, equals }: BestOfSweep): string {
  const spread = sd === undefined ? '' : ` ± ${formatPercent(sd)}`;
  const seeds = done > 1 ? ` over ${done} seeds` : '';
  return `${formatPercent(accuracy)}${spread} %${seeds}${describeEquals({ equals })}`;
}

/** `, as 2 others`; nothing where the best stands alone. */
export const describeEquals = ({ equals }: Pick<BestOfSweep, 'equals'>): string =>
  equals > 0 ? `, as ${equals} other${equals > 1 ? 's' : ''}` : '';

function summarizeTrial({ trial: { id, config, derived }, status }: TrialRecord): TrialSummary {
  const seconds = status && trialSeconds(status);
  return {
    id,
    status: status?.status ?? 'queued',
    ...(status?.reason === undefined ? {} : { reason: status.reason }),
    config,
    learningRate: derived.learningRate,
    step: status?.step ?? 0,
    steps: derived.steps,
    ...(status?.lostAt === undefined ? {} : { lostAt: status.lostAt }),
    metrics: status?.metrics ?? {},
    ...(seconds === undefined ? {} : { seconds }),
  };
}
