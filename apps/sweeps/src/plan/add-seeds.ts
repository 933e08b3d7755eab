import { axisValues, type SweepConfig, type Trial, valueAtKey } from '../schema/index.js';
import { canonicalJson } from './canonical-json.js';
import { planTrial, sweepSeeds, trialConfigs } from './plan-trials.js';

/**
 * Settings that give a sweep `count` seeds: of all its combinations, and before that, where it can be said by the values of its axes, of those
 * that the trials `needed` are of, so that the others get no further ones. The first that a run folder takes is the one to run. Pure.
 *
 * @param config Of the run folder.
 * @param stored Its trials.
 * @param needed Ids of trials.
 */
export function seedSettings(
  config: SweepConfig,
  stored: readonly Trial[],
  needed: ReadonlySet<string>,
  count: number,
): string[][] {
  const seeds = [...('seed' in config.axes ? axisValues(config.axes['seed']!) : sweepSeeds(config))] as number[];
  const isCount = !('seed' in config.axes) && !Array.isArray(config.seeds);
  while (seeds.length < count) seeds.push(Math.max(...seeds) + 1);
  const setting = isCount ? `seeds=${count}` : `${'seed' in config.axes ? 'axes.seed' : 'seeds'}=${seeds.join(',')}`;
  const known = new Set(stored.map((trial) => trial.config.seed));
  const others = unusedValues(config, needed).map((values) => ({
    ...values,
    seed: seeds.filter((seed) => !known.has(seed)),
  }));
  const { exclude = [] } = config;
  // Those of an earlier call were for other combinations.
  const lasting = exclude.filter((condition) => !('seed' in condition));
  const lists = [[...exclude, ...others], [...lasting, ...others], exclude, lasting];
  return lists.map((list) => [setting, ...(list === exclude ? [] : [`exclude=${JSON.stringify(list)}`])]);
}

/** For each axis the values that none of the trials `needed` has. */
function unusedValues(config: SweepConfig, needed: ReadonlySet<string>): Record<string, unknown>[] {
  if (config.boundary || (config.method && config.method.name !== 'grid')) return [];
  const placed = [...trialConfigs(config)].filter((trial) => needed.has(planTrial(trial).id));
  return Object.entries(config.axes).flatMap(([key, axis]) => {
    if (key === 'seed') return [];
    const used = new Set(placed.map((trial) => canonicalJson(valueAtKey(trial, key) ?? null)));
    const unused = axisValues(axis).filter((value) => !used.has(canonicalJson(value ?? null)));
    return unused.length > 0 ? [{ [key]: unused }] : [];
  });
}
