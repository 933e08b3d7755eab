import { show } from './show.js';

/** Throws unless `value` is a whole number of at least `minimum`. */
export function assertInteger(who: string, option: string, value: number, minimum = -Infinity): void {
  assertNumber(who, option, value);
  if (!Number.isSafeInteger(value) || value < minimum) {
    const rule = minimum === -Infinity ? 'an integer' : `an integer >= ${minimum}`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/** Throws unless `value` is a finite number in [minimum, below). */
export function assertInRange(who: string, option: string, value: number, minimum: number, below = Infinity): void {
  assertNumber(who, option, value);
  if (!Number.isFinite(value) || value < minimum || value >= below) {
    const rule = below === Infinity ? `finite and >= ${minimum}` : `in [${minimum}, ${below})`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/** Throws unless `value` is a finite number above zero, or at least zero where `allowZero`. */
export function assertPositive(who: string, option: string, value: number, allowZero = false): void {
  assertNumber(who, option, value);
  if (!Number.isFinite(value) || value < 0 || (value === 0 && !allowZero)) {
    throw new RangeError(`${who}: \`${option}\` must be finite and ${allowZero ? '>=' : '>'} 0, got ${value}.`);
  }
}

/** Throws unless `names` is an array of names of layers and weights, none empty. */
export function assertNames(who: string, option: string, names: readonly string[]): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return;
  throw new TypeError(
    `${who}: \`${option}\` must be an array of layer names ('head') or weights of layers ('head/kernel'), ` +
      `got ${show(names)}.`,
  );
}

/** Throws unless `factors` maps names to finite numbers of at least 0. */
export function assertFactors(who: string, option: string, factors: Readonly<Record<string, number>>): void {
  if (typeof factors !== 'object' || factors === null || Array.isArray(factors)) {
    throw new TypeError(`${who}: \`${option}\` must be an object like { stem: 0.1 }, got ${show(factors)}.`);
  }
  for (const [name, factor] of Object.entries(factors)) assertInRange(who, `${option}.${name}`, factor, 0);
}

function assertNumber(who: string, option: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`${who}: \`${option}\` must be a number, got ${show(value)}.`);
}
