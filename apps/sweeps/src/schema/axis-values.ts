/** Equal steps, or equal factors, between two numbers. */
export interface AxisSpacing {
  /** First and largest value and the step; without a step, any number in between. */
  readonly range?: readonly number[] | undefined;
  /** Smallest and largest value; with neither `count` nor `perDecade`, any number in between. */
  readonly logRange?: readonly number[] | undefined;
  /** Values from one end of `logRange` to the other. */
  readonly count?: number | undefined;
  /** Values in each factor of ten of `logRange`. */
  readonly perDecade?: number | undefined;
}

/** The values of an axis: a list, or numbers at equal distances. */
export type WrittenAxis = readonly unknown[] | AxisSpacing;

// Sums of binary fractions must not miss the last value, nor show their last digits.
const SLACK = 1e-9;
const round = (value: number, digits = 12) => Number(value.toPrecision(digits));
/** Significant digits of drawn values, and of those at equal factors, unless these are closer to each other. */
const DIGITS = 6;

/** How many values `axis` has; infinite where it is any number between two. Makes none of them. */
export function countAxisValues(axis: WrittenAxis): number {
  if (isList(axis)) return axis.length;
  const { range, logRange, count, perDecade } = axis;
  if (range) {
    const [from, to, step] = range as [number, number, number?];
    return step === undefined ? Number.POSITIVE_INFINITY : Math.floor((to - from) / step + SLACK) + 1;
  }
  const [from, to] = logRange as readonly [number, number];
  if (count !== undefined) return count;
  if (perDecade === undefined) return Number.POSITIVE_INFINITY;
  return Math.floor(perDecade * Math.log10(to / from) + SLACK) + 1;
}

/** The values of `axis`, which must be finitely many: each another, all within its ends. */
export function axisValues(axis: WrittenAxis): readonly unknown[] {
  if (isList(axis)) return axis;
  const { range, logRange, count, perDecade } = axis;
  const length = countAxisValues(axis);
  if (range) return Array.from({ length }, (_, i) => round(range[0]! + i * range[2]!));
  const [from, to] = logRange as readonly [number, number];
  const exact = Array.from({ length }, (_, i) => {
    if (i === 0) return from;
    return perDecade === undefined ? from * (to / from) ** (i / (count! - 1)) : from * 10 ** (i / perDecade);
  });
  const written = (digits: number) =>
    exact.map((value, i) => (i === 0 ? from : i + 1 === count ? to : Math.min(to, round(value, digits))));
  let digits = DIGITS;
  while (digits < 17 && new Set(written(digits)).size < length) digits++;
  return written(digits);
}

/** The value at the share `u`, in [0, 1), of the way along `axis`; a whole number of those in between where `isWhole`. */
export function axisValueAt(axis: WrittenAxis, u: number, isWhole = false): unknown {
  const count = countAxisValues(axis);
  if (Number.isFinite(count)) return axisValues(axis)[Math.floor(u * count)];
  const { range, logRange } = axis as AxisSpacing;
  const [from, to] = (range ?? logRange) as readonly [number, number];
  if (!isWhole) {
    const value = round(range ? from + u * (to - from) : from * (to / from) ** u, digitsBetween(from, to));
    return Math.min(to, Math.max(from, value));
  }
  // Each whole number has its part of the way, the ends too.
  const at = range ? from + u * (to - from + 1) : from * ((to + 1) / from) ** u;
  return Math.min(to, Math.max(from, Math.floor(at)));
}

/** As many digits as leave a thousand values between `from` and `to`, where these are close. */
function digitsBetween(from: number, to: number): number {
  const distance = (to - from) / Math.max(Math.abs(from), Math.abs(to));
  return distance > 1e-3 ? DIGITS : Math.min(17, DIGITS - Math.floor(Math.log10(distance)) - 2);
}

const isList = (axis: WrittenAxis): axis is readonly unknown[] => Array.isArray(axis);
