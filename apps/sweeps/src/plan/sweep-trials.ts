import { show } from '@nfnets/options';
import { assertConfig, type SweepConfig, type Trial, type TrialRecord } from '../schema/index.js';
import { planTrials } from './plan-trials.js';
import { nextBoundaryTrials } from './search-boundary.js';

/** Chooses trials by what came of earlier ones. Pure: the same records give the same trials. */
export interface Sampler {
  /** The trials to add now; none while it waits for results, and when it has enough. */
  next(records: readonly TrialRecord[]): Trial[];
}

/** The sampler of `config`: all points of its axes at once, or the next round of a boundary search. */
function samplerOf(config: SweepConfig): Sampler {
  const { boundary } = config;
  if (boundary) return { next: (records) => nextBoundaryTrials({ ...config, boundary }, records) };
  return { next: (records) => (records.length === 0 ? planTrials(config) : []) };
}

/**
 * Lists all trials of a sweep, as far as results tell: those of its axes, and round by round those that its sampler adds.
 *
 * @param config What {@link loadSweepConfig} reads.
 * @param recordOf What is known of a trial. Default nothing, which gives the first round.
 * @throws SweepError for values that no trial can have; TypeError for what is no config.
 * @example
 * ```ts
 * import { loadSweepConfig, sweepTrials, type Trial, type TrialRecord } from '@nfnets/sweeps';
 *
 * const known = new Map<string, TrialRecord>(); // by id: what is known of trials that have run
 * const recordOf = (trial: Trial) => known.get(trial.id) ?? { trial };
 * const trials = sweepTrials(await loadSweepConfig('quickstart.yaml'), recordOf);
 * ```
 */
export function sweepTrials(
  config: SweepConfig,
  recordOf: (trial: Trial) => TrialRecord = (trial) => ({ trial }),
): Trial[] {
  assertConfig('sweepTrials', config);
  if (typeof recordOf !== 'function')
    throw new TypeError(`sweepTrials: \`recordOf\` must be a function of a trial, got ${show(recordOf)}.`);
  const sampler = samplerOf(config);
  const trials: Trial[] = [];
  for (;;) {
    const known = new Set(trials.map(({ id }) => id));
    const added = sampler.next(trials.map(recordOf)).filter(({ id }) => !known.has(id));
    if (added.length === 0) return trials;
    trials.push(...added);
  }
}
