import { canonicalJson } from './canonical-json.js';
import { valueAtKey } from './trial-keys.js';

/** What trial keys must be: one value, or one of a list. */
export type Condition = Readonly<Record<string, unknown>>;

/** Whether `config` has all that `condition` asks for. */
export function matchesCondition(config: object, condition: Condition): boolean {
  return Object.entries(condition).every(([key, wanted]) => {
    const value = canonicalJson(valueAtKey(config, key) ?? null);
    // A list is both: the value of a key that takes lists, and several values of one that does not.
    return [wanted, ...(Array.isArray(wanted) ? wanted : [])].some((item) => canonicalJson(item) === value);
  });
}
