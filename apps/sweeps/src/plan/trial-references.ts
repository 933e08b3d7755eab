import { defaultOf, type TrialConfig, type TrialReferences, valueAtKey, withValueAtKey } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';

/** `${key.path}` in a text. */
export const REFERENCE = /\$\{([^{}]*)\}/g;

/** The key `key` of a trial refers to one that has no value there. */
export class NoValueError extends SweepError {
  constructor(
    readonly key: string,
    path: string,
  ) {
    super(`trial.${key}: \${${path}} has no value in a trial. Give it one, or refer to another key.`);
  }
}

/**
 * `config` with the values that `references` stand for, each of the trial's own: after its axes, its seed and its defaults. Keys
 * that `isSet` are an axis's, and stay. Pure. Throws a `NoValueError` where a key that is referred to has no value.
 */
export function withReferences(
  config: TrialConfig,
  references: TrialReferences,
  isSet: (key: string) => boolean,
): TrialConfig {
  const valueAt = (path: string): unknown => {
    const key = path.replace(/^trial\./, '');
    if (key in references && !isSet(key)) return evaluate(references[key], key);
    return (
      valueAtKey(config, key) ?? defaultOf(path, (section) => valueAtKey({ trial: config }, section) !== undefined)
    );
  };
  const evaluate = (template: unknown, key: string): unknown => {
    if (Array.isArray(template)) return template.map((item) => evaluate(item, key));
    if (typeof template !== 'string') return template;
    const found = (path: string) => {
      const value = valueAt(path);
      if (value !== undefined) return value;
      throw new NoValueError(key, path);
    };
    const whole = /^\$\{([^{}]*)\}$/.exec(template);
    return whole ? found(whole[1]!) : template.replaceAll(REFERENCE, (_, path: string) => String(found(path)));
  };
  return Object.keys(references).reduce<TrialConfig>(
    (made, key) => (isSet(key) ? made : withValueAtKey(made, key, evaluate(references[key], key))),
    config,
  );
}

/** Keys of a trial that follow its seed or repeat by `references`, straight or by other keys: they tell combinations apart no more than a seed does. */
export function keysOfSeed(references: TrialReferences = {}): ReadonlySet<string> {
  const found = new Set(['seed', 'repeat']);
  // As often as there are keys: each may follow the one behind it.
  for (const _ of Object.keys(references))
    for (const [key, text] of Object.entries(references))
      for (const [, path = ''] of [text].flat().join(' ').matchAll(REFERENCE))
        if (found.has(path.replace(/^trial\./, ''))) found.add(key);
  return found;
}
