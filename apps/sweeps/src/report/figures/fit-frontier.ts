import { mulberry32 } from '../../statistics/index.js';
import { groupBy } from './group-by.js';

/** One trial that ended, for the fit. */
export interface FrontierTrial {
  readonly clipFactor: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly hasDiverged: boolean;
}

/** Where half of the trials diverge. */
export interface Frontier {
  /** The clip factor of even odds at a batch size, with the 2.5 and 97.5 % quantiles of the bootstrap. */
  readonly at: (batchSize: number) => { readonly clipFactor: number; readonly low: number; readonly high: number };
  /** `p` in clipFactor ~ batchSize^p along the frontier, with its interval; NaN with one batch size. */
  readonly exponent: { readonly value: number; readonly low: number; readonly high: number };
  /** Resamples the intervals are from; 0 with fewer than three seeds, which have no interval. */
  readonly resamples: number;
  /** How many seeds the trials have. */
  readonly seeds: number;
}

type Coefficients = readonly [number, number, number];

const RESAMPLES = 400;
/** Two seeds have three different resamples: their quantiles say nothing. */
const FEWEST_SEEDS = 3;

/**
 * Fits P(diverge) = 1 / (1 + exp(-(a + b log2 λ + c log2 B))) and returns the line where it is one half.
 *
 * Firth's penalty (Firth 1993, "Bias reduction of maximum likelihood estimates") keeps the fit finite where a line parts
 * the trials without error, which is usual. The intervals are percentiles of a bootstrap that draws whole seeds, since
 * trials of a seed share initial weights and data order. Undefined when all or none diverged, or when divergence does
 * not become likelier with the clip factor.
 */
export function fitFrontier(trials: readonly FrontierTrial[]): Frontier | undefined {
  const count = trials.filter(({ hasDiverged }) => hasDiverged).length;
  if (count === 0 || count === trials.length) return undefined;
  const hasBatches = new Set(trials.map(({ batchSize }) => batchSize)).size > 1;
  const centre = mean(trials.map(({ batchSize }) => Math.log2(batchSize)));
  const middle = mean(trials.map(({ clipFactor }) => Math.log2(clipFactor)));
  // Trials of one place and outcome are one row, as heavy as they are many.
  const cells = groupBy(
    trials,
    ({ clipFactor, batchSize, hasDiverged }) => `${clipFactor} ${batchSize} ${hasDiverged}`,
  );
  const groups = [...cells.values()];
  const rows = groups
    .map((group) => group[0]!)
    .map(({ clipFactor, batchSize, hasDiverged }) => ({
      x: [1, Math.log2(clipFactor) - middle, hasBatches ? Math.log2(batchSize) - centre : 0] as const,
      y: hasDiverged ? 1 : 0,
    }));
  const fit = firthLogistic(
    rows,
    groups.map((group) => group.length),
  );
  if (!(fit[1] > 0)) return undefined;

  const seeds = [...new Set(trials.map(({ seed }) => seed))];
  const places = new Map(seeds.map((seed, place) => [seed, place]));
  const groupPlaces = groups.map((group) => group.map(({ seed }) => places.get(seed)!));
  const random = mulberry32(1);
  // Few seeds are often drawn alike.
  const known = new Map<string, Coefficients>();
  const fits: Coefficients[] = [];
  for (let i = 0; seeds.length >= FEWEST_SEEDS && i < RESAMPLES; i++) {
    const times = seeds.map(() => 0);
    for (const _ of seeds) times[Math.floor(random() * seeds.length)]!++;
    const key = times.join();
    const resampled =
      known.get(key) ??
      firthLogistic(
        rows,
        groupPlaces.map((group) => group.reduce((sum, place) => sum + times[place]!, 0)),
        fit,
      );
    known.set(key, resampled);
    if (resampled[1] > 0) fits.push(resampled);
  }
  const clipFactorAt = ([a, b, c]: Coefficients, batchSize: number) =>
    2 ** (middle - (a + c * (hasBatches ? Math.log2(batchSize) - centre : 0)) / b);
  const interval = (value: (fit: Coefficients) => number) => {
    const values = fits.map(value).sort((a, b) => a - b);
    return { low: quantile(values, 0.025), high: quantile(values, 0.975) };
  };
  const exponent = ([, b, c]: Coefficients) => (hasBatches ? -c / b : Number.NaN);
  return {
    at: (batchSize) => ({
      clipFactor: clipFactorAt(fit, batchSize),
      ...interval((each) => clipFactorAt(each, batchSize)),
    }),
    exponent: { value: exponent(fit), ...interval(exponent) },
    resamples: fits.length,
    seeds: seeds.length,
  };
}

/** Coefficients that maximize the likelihood under Jeffreys' prior, by Newton's method on the modified score from `start`. */
export function firthLogistic(
  rows: readonly { readonly x: Coefficients; readonly y: number }[],
  weights: readonly number[],
  start: Coefficients = [0, 0, 0],
): Coefficients {
  // A column without variation has no coefficient.
  const used = [0, 1, 2].filter((j) => j === 0 || rows.some(({ x }) => x[j] !== rows[0]!.x[j]));
  let beta: readonly number[] = start;
  for (let round = 0; round < 100; round++) {
    const chances = rows.map(({ x }) => 1 / (1 + Math.exp(-(beta[0]! * x[0] + beta[1]! * x[1] + beta[2]! * x[2]))));
    const spreads = chances.map((chance, i) => weights[i]! * chance * (1 - chance));
    const sum = (value: (x: Coefficients, i: number) => number) =>
      rows.reduce((total, { x }, i) => total + value(x, i), 0);
    const inverse = invert(used.map((j) => used.map((k) => sum((x, i) => spreads[i]! * x[j]! * x[k]!))));
    const leverages = rows.map(({ x }, i) => {
      let length = 0;
      for (const [r, k] of used.entries())
        for (const [q, l] of used.entries()) length += x[k]! * inverse[r]![q]! * x[l]!;
      return spreads[i]! * length;
    });
    const score = used.map((j) =>
      sum((x, i) => x[j]! * (weights[i]! * (rows[i]!.y - chances[i]!) + leverages[i]! * (0.5 - chances[i]!))),
    );
    const step = used.map((_, r) => used.reduce((sum, _, q) => sum + inverse[r]![q]! * score[q]!, 0));
    // Long steps overshoot where the trials are parted without error.
    const scale = Math.min(1, 2 / Math.max(...step.map(Math.abs)));
    beta = beta.map((value, j) => value + (used.includes(j) ? scale * step[used.indexOf(j)]! : 0));
    if (Math.max(...step.map(Math.abs)) < 1e-9) break;
  }
  return beta as unknown as Coefficients;
}

/** Inverse of a small symmetric positive definite matrix, by Gauss and Jordan. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < size; i++) {
    const pivot = rows[i]![i]! || 1e-12;
    rows[i] = rows[i]!.map((value) => value / pivot);
    for (let k = 0; k < size; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]!;
      rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value below which `share` of the ascending `sorted` lie; NaN of none. */
function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}
