import { datasetFacts, defaultOf, isOwnTrial, type TrialConfig, valueAtKey } from '../schema/index.js';
import { canonicalJson } from './canonical-json.js';

/** What trial keys must be: one value, or one of a list. */
export type Condition = Readonly<Record<string, unknown>>;

/** Whether `config`, of a trial, has all that `condition` asks for; what it does not say has its default. */
export function matchesCondition(config: object, condition: Condition): boolean {
  return Object.entries(condition).every(([key, wanted]) => {
    const value = canonicalJson(valueAtKey(config, key) ?? standardOf(config, key) ?? null);
    // A list is both: the value of a key that takes lists, and several values of one that does not.
    return [wanted, ...(Array.isArray(wanted) ? wanted : [])].some((item) => canonicalJson(item) === value);
  });
}

/** What a trial has at `key` that does not say it; undefined where that is the preset's. */
function standardOf(config: object, key: string): unknown {
  if (isOwnTrial(config)) return undefined;
  const dataset = valueAtKey(config, 'dataset') as TrialConfig['dataset'] | undefined;
  if (key === 'dataset.augment') return dataset && datasetFacts(dataset.name).augment;
  if (key === 'dataset.testSize') return dataset?.imageSize;
  // Without the section a step is plain, and has no settings.
  if (key === 'step.name') return 'plain';
  const section = key.split('.').slice(0, -1).join('.');
  if (section !== '' && valueAtKey(config, section) === undefined) return undefined;
  if (!STANDARDS.has(key))
    STANDARDS.set(
      key,
      defaultOf(`trial.${key}`, () => true),
    );
  return STANDARDS.get(key);
}

/** Defaults of the schema that were asked for: a sweep asks 100,000 times. */
const STANDARDS = new Map<string, unknown>();
