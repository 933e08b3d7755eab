/** Places that a slider has. */
export const SLIDER_STEPS = 100;

interface Ends {
  readonly low: number;
  readonly high: number;
}

/** The value at a place of a slider, 0 to 100, that grows by equal factors from `low` to `high`; of two digits but at the ends. */
export function valueAt(place: number, { low, high }: Ends): number {
  if (place <= 0) return low;
  if (place >= SLIDER_STEPS) return high;
  const value = low * (high / low) ** (place / SLIDER_STEPS);
  // Of thresholds close together, as 0.9 and 0.999, or from 1.01 on, two digits are one value.
  return Number(value.toPrecision(high / low < 20 ? 3 : 2));
}

/** The place of a slider that is nearest to `value`. */
export function placeOf(value: number, { low, high }: Ends): number {
  const share = Math.log(value / low) / Math.log(high / low);
  return Math.round(SLIDER_STEPS * Math.min(1, Math.max(0, share)));
}
