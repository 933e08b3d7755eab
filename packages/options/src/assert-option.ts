import { show } from './show.js';

/**
 * Throws unless `value` is a whole number of at least `minimum`.
 *
 * @param who Name of the function that was called, for the error.
 * @param option Name of the option.
 * @param value Its value.
 * @param minimum Smallest value allowed. Default any.
 * @throws TypeError for what is no number, RangeError for another number.
 * @example
 * ```ts
 * import { assertInteger } from '@nfnets/options';
 *
 * export function makeBatches(batchSize: number): void {
 *   assertInteger('makeBatches', 'batchSize', batchSize, 1); // makeBatches: `batchSize` must be an integer >= 1, got 0.5.
 * }
 * ```
 */
export function assertInteger(who: string, option: string, value: number, minimum = -Infinity): void {
  assertNumber(who, option, value);
  if (!Number.isSafeInteger(value) || value < minimum) {
    const rule = minimum === -Infinity ? 'an integer' : `an integer >= ${minimum}`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/**
 * Throws unless `value` is a finite number in [minimum, below).
 *
 * @param who Name of the function that was called, for the error.
 * @param option Name of the option.
 * @param value Its value.
 * @param minimum Smallest value allowed.
 * @param below What the value must be below. Default any finite number.
 * @throws TypeError for what is no number, RangeError for another number.
 * @example
 * ```ts
 * import { assertInRange } from '@nfnets/options';
 *
 * export function momentum(share: number): void {
 *   assertInRange('momentum', 'share', share, 0, 1); // momentum: `share` must be in [0, 1), got 1.
 * }
 * ```
 */
export function assertInRange(who: string, option: string, value: number, minimum: number, below = Infinity): void {
  assertNumber(who, option, value);
  if (!Number.isFinite(value) || value < minimum || value >= below) {
    const rule = below === Infinity ? `finite and >= ${minimum}` : `in [${minimum}, ${below})`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/**
 * Throws unless `value` is a finite number above zero, or at least zero where `allowZero`.
 *
 * @param who Name of the function that was called, for the error.
 * @param option Name of the option.
 * @param value Its value.
 * @param allowZero Whether zero is allowed too. Default false.
 * @throws TypeError for what is no number, RangeError for another number.
 * @example
 * ```ts
 * import { assertPositive } from '@nfnets/options';
 *
 * export function decayWeights(weightDecay: number): void {
 *   assertPositive('decayWeights', 'weightDecay', weightDecay, true);
 * }
 * ```
 */
export function assertPositive(who: string, option: string, value: number, allowZero = false): void {
  assertNumber(who, option, value);
  if (!Number.isFinite(value) || value < 0 || (value === 0 && !allowZero)) {
    throw new RangeError(`${who}: \`${option}\` must be finite and ${allowZero ? '>=' : '>'} 0, got ${value}.`);
  }
}

/**
 * Throws unless `names` is an array of names of layers and weights, none empty.
 *
 * @param who Name of the function that was called, for the error.
 * @param option Name of the option.
 * @param names Its value.
 * @throws TypeError for anything else.
 * @example
 * ```ts
 * import { assertNames } from '@nfnets/options';
 *
 * export function freeze(layers: readonly string[]): void {
 *   assertNames('freeze', 'layers', layers); // freeze('head') is told to write ['head']
 * }
 * ```
 */
export function assertNames(who: string, option: string, names: readonly string[]): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return;
  throw new TypeError(
    `${who}: \`${option}\` must be an array of layer names ('head') or weights of layers ('head/kernel'), ` +
      `got ${show(names)}.`,
  );
}

/**
 * Throws unless `factors` maps names to finite numbers of at least 0.
 *
 * @param who Name of the function that was called, for the error.
 * @param option Name of the option.
 * @param factors Its value.
 * @throws TypeError for another value, or a factor that is no number; RangeError for a factor below 0 or not finite.
 * @example
 * ```ts
 * import { assertFactors } from '@nfnets/options';
 *
 * export function scaleRates(factors: Readonly<Record<string, number>>): void {
 *   assertFactors('scaleRates', 'factors', factors); // such as { stem: 0.1, head: 10 }
 * }
 * ```
 */
export function assertFactors(who: string, option: string, factors: Readonly<Record<string, number>>): void {
  if (typeof factors !== 'object' || factors === null || Array.isArray(factors)) {
    throw new TypeError(`${who}: \`${option}\` must be an object like { stem: 0.1 }, got ${show(factors)}.`);
  }
  for (const [name, factor] of Object.entries(factors)) assertInRange(who, `${option}.${name}`, factor, 0);
}

function assertNumber(who: string, option: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`${who}: \`${option}\` must be a number, got ${show(value)}.`);
}
