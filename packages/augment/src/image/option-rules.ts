import { type Rule, rule } from '@nfnets/options';

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** `[low, high]` with `least <= low <= high <= most`. */
export function rangeIn(least: number, most: number): Rule {
  const bounds = most === Number.POSITIVE_INFINITY ? `from ${least}` : `in [${least}, ${most}]`;
  return rule(`[low, high] ${bounds}`, (value) => {
    if (!(Array.isArray(value) && value.length === 2 && value.every(isNumber))) return false;
    const [low, high] = value as [number, number];
    return low >= least && high >= low && high <= most;
  });
}

/** `[low, high]` with `0 < low <= high`. */
export const aspectRange: Rule = rule(
  '[low, high] with 0 < low <= high',
  (value) => rangeIn(0, Number.MAX_VALUE).holds(value) && (value as number[])[0]! > 0,
);

/** A side in pixels, or `[height, width]`. */
export const pixelSize: Rule = rule('a whole number of pixels from 1, or [height, width] of them', (value) =>
  (Array.isArray(value) && value.length === 2 ? value : [value]).every(
    (side) => Number.isSafeInteger(side) && side >= 1,
  ),
);

/** A byte for all channels, or one for each of three. */
export const colour: Rule = rule('a level of 0..255, or [red, green, blue] of them', (value) =>
  (Array.isArray(value) && value.length === 3 ? value : [value]).every(
    (level) => Number.isInteger(level) && level >= 0 && level <= 255,
  ),
);
