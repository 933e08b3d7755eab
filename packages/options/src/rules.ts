/** What the value of an option must be, in words and as a test. */
export interface Rule {
  /** Completes "must be": `a number > 0`. */
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
  /** What `typeof` must say; another type is a TypeError, a value of this type that breaks the rule a RangeError. */
  readonly type?: 'number' | 'boolean' | 'string' | 'function';
  /** The values of an option that lists its values. */
  readonly values?: readonly unknown[];
}

/**
 * A rule of one's own.
 *
 * @param text Completes "must be": `an even number`.
 * @param holds Whether a value keeps the rule.
 * @param type What `typeof` must say; another type is told as a TypeError. Default any.
 * @example
 * ```ts
 * import { rule } from '@nfnets/options';
 *
 * const anEvenNumber = rule('an even number', (value) => Number(value) % 2 === 0, 'number');
 * ```
 */
export const rule = (text: string, holds: (value: unknown) => boolean, type?: Rule['type']): Rule => ({
  text,
  holds,
  ...(type && { type }),
});

/** Whatever: the name is known, and the value is looked at elsewhere. */
export const anything: Rule = { text: 'anything', holds: () => true };

/** true or false. */
export const aBoolean: Rule = {
  text: 'true or false',
  holds: (value) => typeof value === 'boolean',
  type: 'boolean',
};

/** A text that is not empty. */
export const aText: Rule = {
  text: 'a text that is not empty',
  holds: (value) => typeof value === 'string' && value !== '',
  type: 'string',
};

/** A function. */
export const aFunction: Rule = {
  text: 'a function',
  holds: (value) => typeof value === 'function',
  type: 'function',
};

/**
 * One of `values`.
 *
 * @param values The values, which errors list; of a text that is near one of them the error asks whether it was meant.
 * @example
 * ```ts
 * import { oneOf } from '@nfnets/options';
 *
 * const padding = oneOf(['same', 'valid']); // 'smae': must be one of 'same', 'valid'; did you mean 'same'?
 * ```
 */
export function oneOf(values: readonly unknown[]): Rule {
  const listed = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  return { text: `one of ${listed.join(', ')}`, holds: (value) => values.includes(value), values };
}

/**
 * A finite number in [low, high].
 *
 * @param low Smallest value.
 * @param high Largest value. Default any finite number.
 * @example
 * ```ts
 * import { numberIn } from '@nfnets/options';
 *
 * const rules = { labelSmoothing: numberIn(0, 1), weightDecay: numberIn(0) };
 * ```
 */
export function numberIn(low: number, high: number = Infinity): Rule {
  return {
    text: high === Infinity ? `a finite number >= ${low}` : `a number in [${low}, ${high}]`,
    holds: (value) => isNumber(value) && value >= low && value <= high,
    type: 'number',
  };
}

/**
 * A whole number from `low` on.
 *
 * @param low Smallest value.
 * @example
 * ```ts
 * import { integerFrom } from '@nfnets/options';
 *
 * const rules = { epochs: integerFrom(1), warmupSteps: integerFrom(0) };
 * ```
 */
export function integerFrom(low: number): Rule {
  return {
    text: `a whole number from ${low}`,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= low,
    type: 'number',
  };
}

/** A finite number above zero. */
export const positive: Rule = {
  text: 'a finite number > 0',
  holds: (value) => isNumber(value) && value > 0,
  type: 'number',
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
