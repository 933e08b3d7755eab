import { contentHash } from './canonical-json.js';
import { planTrials } from './plan-trials.js';
import type { StoredPlan } from './run-folder.js';
import type { SweepConfig } from './sweep-schema.js';

/** The plan of `config`, as it is stored. What changes no result (engine, parallel, name) is not in its hash. */
export function storedPlan(config: SweepConfig): StoredPlan {
  return {
    format: 1,
    hash: contentHash({ trial: config.trial, axes: config.axes }),
    config,
    trials: planTrials(config).map(({ id }) => id),
  };
}

/**
 * What keeps `planned` from continuing the run of `stored`: one line per difference, none when every stored
 * trial is still planned, so that the new plan only adds trials.
 */
export function planConflicts(stored: StoredPlan, planned: StoredPlan): string[] {
  const kept = new Set(planned.trials);
  if (stored.trials.every((id) => kept.has(id))) return [];
  const before = flatten({ trial: stored.config.trial });
  const after = flatten({ trial: planned.config.trial });
  const swept = new Set(
    [...Object.keys(stored.config.axes), ...Object.keys(planned.config.axes)].map((key) => `trial.${key}`),
  );
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key) && !swept.has(key))
    .map((key) => `${key} is ${after.get(key) ?? 'absent'} now, ${before.get(key) ?? 'absent'} in the folder`);
  return [...changed, ...lostValues(stored, planned)];
}

/** Axis values that the stored plan has and the new one lacks. */
function lostValues(stored: StoredPlan, planned: StoredPlan): string[] {
  return (['clipFactor', 'batchSize'] as const).flatMap((key) => {
    const values = (plan: StoredPlan) => [...new Set(planTrials(plan.config).map(({ config }) => config[key]))];
    const now = new Set<unknown>(values(planned));
    return values(stored)
      .filter((value) => !now.has(value))
      .map((value) => `${key} ${value} is in the folder but no longer planned`);
  });
}

function flatten(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object') return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, item]) => [...flatten(item, path === '' ? key : `${path}.${key}`)]),
  );
}
