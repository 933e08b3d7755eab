import { contentHash, planTrials, sweepTrials } from '../plan/index.js';
import { type SweepConfig, type Trial, valueAtKey } from '../schema/index.js';
import type { StoredPlan } from './run-folder.js';

/** The plan of `config`, as it is stored. What changes no result (engine, parallel, name) is not in its hash. */
export function storedPlan(config: SweepConfig, planned: readonly Trial[] = sweepTrials(config)): StoredPlan {
  const trials = planned.map(({ id }) => id);
  return { format: 1, hash: contentHash(trials), config, trials };
}

/** Whether `planned` asks for nothing that `stored` has not, and for less: those of its trials are run, and the plan stays. */
export function isPartOf(stored: StoredPlan, planned: StoredPlan): boolean {
  const known = new Set(stored.trials);
  return planned.trials.length < stored.trials.length && planned.trials.every((id) => known.has(id));
}

/**
 * What keeps `planned` from continuing the run of `stored`: one line per difference, none when every stored trial is still
 * planned, so that the new plan only adds trials, nor when it only leaves some out.
 */
export function planConflicts(stored: StoredPlan, planned: StoredPlan): string[] {
  const kept = new Set(planned.trials);
  if (stored.trials.every((id) => kept.has(id)) || isPartOf(stored, planned)) return [];
  const before = flatten({ trial: stored.config.trial });
  const after = flatten({ trial: planned.config.trial });
  const swept = new Set(
    [...Object.keys(stored.config.axes), ...Object.keys(planned.config.axes)].map((key) => `trial.${key}`),
  );
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key) && !swept.has(key))
    .map((key) => `${key} is ${after.get(key) ?? 'absent'} now, ${before.get(key) ?? 'absent'} in the folder`);
  const reasons = [...changed, ...lostValues(stored, planned)];
  if (reasons.length > 0) return reasons;
  const lost = stored.trials.filter((id) => !kept.has(id));
  return [`${lost.length} of its ${stored.trials.length} trials are no longer planned (${lost[0]} is one)`];
}

/** Axis values and seeds that the stored plan has and the new one lacks. */
function lostValues(stored: StoredPlan, planned: StoredPlan): string[] {
  const keys = new Set([stored, planned].flatMap(({ config }) => Object.keys(config.axes)));
  const [before, after] = [planTrials(stored.config), planTrials(planned.config)];
  return [...new Set([...keys, 'seed'])].flatMap((key) => {
    const values = (trials: readonly Trial[]) => [
      ...new Set(trials.map(({ config }) => formatValue(valueAtKey(config, key)))),
    ];
    const now = new Set(values(after));
    return values(before)
      .filter((value) => !now.has(value))
      .map((value) => `${key} ${value} is in the folder but no longer planned`);
  });
}

const formatValue = (value: unknown) => (typeof value === 'string' ? value : String(JSON.stringify(value)));

function flatten(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object') return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, item]) => [...flatten(item, path === '' ? key : `${path}.${key}`)]),
  );
}
