import { normalCdf } from './normal.js';

/** A parameter that a search varied: numbers from `low` to `high`, or one of so many choices. */
export type Parameter =
  | { readonly low: number; readonly high: number; readonly log: boolean; readonly step?: number }
  | { readonly choices: number };

/** What was tried: a value of each parameter, undefined where it had none, and what came of it: the higher, the better. */
interface Observation {
  readonly at: readonly (number | undefined)[];
  readonly value: number;
}

/** Of a continuous parameter; `low` and `high` are the first and the last. */
const GRID = 50;
/** So that no density is 0. */
const FLOOR = 1e-12;
/** Fewer trials that have a parameter tell nothing of it. */
const FEWEST = 2;

/**
 * PED-ANOVA (Watanabe et al. 2023, arXiv 2304.10255; where parameters count for some trials alone, arXiv 2601.20800): of each parameter, by
 * how much its values in the best `quantile` of the trials differ from those in all, as the Pearson divergence of two Parzen estimates.
 *
 * The estimates are Optuna's (5.0, `PedAnovaImportanceEvaluator`): on 50 points from low to high, kernels as wide as Scott's rule says,
 * and a prior as heavy as one trial. Pure. 0 of every parameter where there are fewer than two trials.
 */
export function pedAnova(
  parameters: readonly Parameter[],
  observations: readonly Observation[],
  quantile = 0.1,
): number[] {
  if (observations.length < FEWEST) return parameters.map(() => 0);
  const sorted = observations.map(({ value }) => value).sort((a, b) => b - a);
  const least = sorted[Math.ceil(quantile * sorted.length) - 1]!;
  const top = observations.filter(({ value }) => value >= least);
  return parameters.map((parameter, i) => {
    const [own, ownTop] = [observations, top].map((some) => some.flatMap(({ at }) => at[i] ?? [])) as [
      number[],
      number[],
    ];
    if (own.length < FEWEST || ownTop.length === 0 || isSingle(parameter)) return 0;
    const [all, best] = [own, ownTop].map((values) => density(parameter, values)) as [number[], number[]];
    const divergence = all.reduce((sum, p, k) => sum + p * (best[k]! / p - 1) ** 2, 0);
    // Of those that have the parameter at all.
    const shares = (ownTop.length / top.length) ** 2 / (own.length / observations.length);
    return (top.length / observations.length) ** 2 * shares * divergence;
  });
}

const isSingle = (parameter: Parameter): boolean =>
  'choices' in parameter ? parameter.choices === 1 : parameter.low === parameter.high;

/** The Parzen estimate of `values` at each point of the grid, or of each choice. */
function density(parameter: Parameter, values: readonly number[]): number[] {
  const counts = 'choices' in parameter ? countChoices(parameter.choices, values) : countOnGrid(parameter, values);
  const kernels = counts.flatMap((weight, place) => (weight > 0 ? [{ place, weight }] : []));
  const total = values.length + 1;
  const estimate =
    'choices' in parameter ? choiceKernels(kernels, counts.length) : normalKernels(kernels, counts.length);
  return estimate.map((sum) => sum / total + FLOOR);
}

interface Kernel {
  readonly place: number;
  readonly weight: number;
}

function countChoices(choices: number, values: readonly number[]): number[] {
  const counts = new Array<number>(choices).fill(0);
  for (const value of values) counts[value]!++;
  return counts;
}

function countOnGrid({ low, high, log, step }: Exclude<Parameter, { choices: number }>, values: readonly number[]) {
  const points = gridPoints(low, high, log, step);
  const scale = log ? Math.log : (value: number) => value;
  const width = (scale(high) - scale(low)) / (points - 1);
  const counts = new Array<number>(points).fill(0);
  for (const value of values) {
    // Half way between two it is the lower one's.
    const place = Math.ceil((scale(value) - scale(low)) / width - 0.5);
    counts[Math.min(points - 1, Math.max(0, place))]!++;
  }
  return counts;
}

function gridPoints(low: number, high: number, log: boolean, step: number | undefined): number {
  if (step === undefined) return GRID;
  // Few whole numbers lie at the small end of a logarithmic scale.
  if (log) return Math.min(GRID, Math.ceil(Math.log(high - low + 1) / Math.log(2)) + 1);
  return Math.min(GRID, Math.round((high - low) / step) + 1);
}

/** Each kernel has most of its weight at its choice, and of the rest an equal part at all. */
function choiceKernels(kernels: readonly Kernel[], choices: number): number[] {
  const rest = 1 / (kernels.length + 1);
  const sums = new Array<number>(choices).fill(1 / choices);
  for (const { place, weight } of kernels)
    for (let k = 0; k < choices; k++) sums[k]! += (weight * (rest + (k === place ? 1 : 0))) / (1 + choices * rest);
  return sums;
}

/** Normal kernels cut off half a step outside of the grid, and a wide one in its middle. */
function normalKernels(kernels: readonly Kernel[], points: number): number[] {
  const sums = new Array<number>(points).fill(0);
  const sigma = kernelWidth(kernels);
  const add = (mean: number, width: number, weight: number) => {
    const edges = Array.from({ length: points + 1 }, (_, k) => normalCdf((k - 0.5 - mean) / width));
    const whole = edges[points]! - edges[0]!;
    for (let k = 0; k < points; k++) sums[k]! += (weight * (edges[k + 1]! - edges[k]!)) / whole;
  };
  for (const { place, weight } of kernels) add(place, sigma, weight);
  add((points - 1) / 2, points, 1);
  return sums;
}

/** Scott's rule by the standard deviation or the quartiles, whichever is smaller, and at least so wide that 90 % stay within a step. */
function kernelWidth(kernels: readonly Kernel[]): number {
  const total = kernels.reduce((sum, { weight }) => sum + weight, 0);
  const mean = kernels.reduce((sum, { place, weight }) => sum + place * weight, 0) / total;
  const squares = kernels.reduce((sum, { place, weight }) => sum + weight * (place - mean) ** 2, 0);
  const sd = Math.sqrt(squares / Math.max(1, total - 1));
  let cumulated = 0;
  const sums = kernels.map(({ weight }) => (cumulated += weight));
  const first = sums.findIndex((sum) => sum >= Math.floor(total / 4));
  const third = sums.findIndex((sum) => sum > Math.floor((3 * total) / 4));
  const last = third === -1 ? kernels.length - 1 : third;
  const quartiles = (kernels[last]!.place - kernels[first]!.place) / 1.34;
  return Math.max(1.059 * Math.min(quartiles, sd) * total ** -0.2, 0.5 / 1.64);
}
