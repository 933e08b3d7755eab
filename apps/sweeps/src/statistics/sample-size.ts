import { normalCdf, studentTQuantile } from './student-t.js';

/** A comparison as it stands, of which more samples may be drawn. */
export interface Pilot {
  /** Standard deviation of a sample, a difference of a pair say, as it is estimated now. */
  readonly sd: number;
  /** Degrees of freedom of that estimate. */
  readonly freedom: number;
  /** Samples there are now. */
  readonly samples: number;
  /** Degrees of freedom that each further sample brings. */
  readonly freedomOfSample: number;
}

/** What a test is to find: `difference` with the probability `power`, at the one-sided `level`. */
export interface PowerGoal {
  readonly difference: number;
  readonly level: number;
  readonly power: number;
}

/** No sweep has as many seeds. */
const MOST_SAMPLES = 1e6;

/**
 * The smallest number of samples, those of `pilot` among them, with which a one-sided t test of all of them has the power of `goal`;
 * infinite beyond a million.
 *
 * The power is the mean over what the true standard deviation may be, given that it was estimated with few degrees of freedom: to plug the
 * estimate in would promise too much whenever it came out small. (Stein 1945 has the same factor, t for z.)
 */
export function samplesFor(pilot: Pilot, goal: PowerGoal): number {
  const isEnough = (count: number) => samplePower(pilot, goal, count) >= goal.power;
  let low = Math.max(1, pilot.samples);
  if (isEnough(low)) return low;
  let high = 2 * low;
  while (!isEnough(high)) {
    if (high > MOST_SAMPLES) return Number.POSITIVE_INFINITY;
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The power that `samplesFor` speaks of, with `count` samples in all. */
export function samplePower(
  { sd, freedom, samples, freedomOfSample }: Pilot,
  { difference, level }: Omit<PowerGoal, 'power'>,
  count: number,
): number {
  const added = Math.max(0, count - samples) * freedomOfSample;
  const total = freedom + added;
  if (total <= 0) return 0;
  const bound = studentTQuantile(1 - level, total);
  const shift = (difference * Math.sqrt(count)) / sd;
  // Both in units of the true variance: the estimate of now, and that of the samples to come.
  const now = meanSquares(freedom);
  const later = meanSquares(added);
  let power = 0;
  for (const [own, weight] of now)
    for (const [other, share] of later) {
      const all = total === Number.POSITIVE_INFINITY ? 1 : (freedom * own + added * other) / total;
      power += weight * share * normalCdf(shift * Math.sqrt(own) - bound * Math.sqrt(all));
    }
  return power;
}

/** P(T > `t`) of noncentral t, with `freedom` degrees of freedom and the noncentrality `shift`. */
export const noncentralTTail = (t: number, freedom: number, shift: number): number =>
  meanSquares(freedom).reduce((sum, [square, weight]) => sum + weight * normalCdf(shift - t * Math.sqrt(square)), 0);

/** Nodes and weights of the distribution of chi-squared over its degrees of freedom: equal steps of the logarithm, for which the tails are smooth. */
function meanSquares(freedom: number): readonly (readonly [square: number, weight: number])[] {
  if (freedom <= 0 || freedom > 1e8) return [[1, 1]];
  const known = nodesOf.get(freedom);
  if (known) return known;
  // A millionth of it lies beyond.
  const low = -6 / Math.sqrt(freedom) - 30 / freedom;
  const high = Math.log(1 + 7 / Math.sqrt(freedom) + 30 / freedom);
  const count = Math.ceil((high - low) / Math.min(0.25, 0.5 / Math.sqrt(freedom)));
  const nodes = Array.from({ length: count + 1 }, (_, i) => {
    const log = low + ((high - low) * i) / count;
    // Of the logarithm of chi-squared over its degrees of freedom, as high as 1 where it is 0.
    return [Math.exp(log), Math.exp((freedom / 2) * (log - Math.exp(log) + 1))] as const;
  });
  const sum = nodes.reduce((total, [, weight]) => total + weight, 0);
  const made = nodes.map(([square, weight]) => [square, weight / sum] as const);
  if (nodesOf.size > 1000) nodesOf.clear();
  nodesOf.set(freedom, made);
  return made;
}

const nodesOf = new Map<number, readonly (readonly [number, number])[]>();
