import { type Axis, type Combination, isAbsent, isGeometric, numbersOf } from '../../plan/index.js';
import { isWholeKey } from '../../schema/index.js';
import { meanOf, mulberry32, type Parameter, pedAnova, varianceShares } from '../../statistics/index.js';

/** How much each axis of a sweep matters for the accuracy: the file `importance.json`. */
export interface Importance {
  /**
   * `anova`: shares of the variance of the accuracy over a full grid. `ped-anova`: shares of how much the values of the best trials
   * differ from those of all.
   */
  readonly method: 'anova' | 'ped-anova';
  /** The most important first. */
  readonly axes: readonly AxisImportance[];
  /** Of `anova` with several axes: the share of variance that only several of them together explain. */
  readonly interactions?: Share;
  /** Of `ped-anova`: which share of the trials counts as the best. */
  readonly quantile?: number;
  /** Trials that it is made of, and how many of them diverged: as accuracy 0 in `anova`, behind all others in `ped-anova`. */
  readonly trials: number;
  readonly diverged: number;
  /** What the intervals are from: resamples of whole seeds, or of combinations; absent where there are too few. */
  readonly resampled?: 'seeds' | 'combinations';
}

/** A share, 0 to 1, with the 2.5 and 97.5 % quantiles of a bootstrap. */
interface Share {
  readonly share: number;
  readonly interval?: readonly [low: number, high: number];
}

interface AxisImportance extends Share {
  readonly path: string;
  readonly title: string;
}

/** The trials of one combination, as far as it matters here. */
interface MeasuredCombination {
  readonly values: Combination;
  readonly trials: readonly { readonly seed: number; readonly state: string; readonly accuracy?: number }[];
}

const RESAMPLES = 100;
/** Of thousands of combinations, whose shares hardly vary, fewer resamples do, and a report should not wait for them. */
const MOST_DRAWS = 100_000;
const FEWEST_RESAMPLES = 20;
/** Fewer have too few different resamples. */
const FEWEST_SEEDS = 3;
const FEWEST_COMBINATIONS = 8;
/** The best of the trials, as Optuna has it; but of few trials as many as say anything, and never more than half. */
const BEST = { share: 0.1, trials: 5, most: 0.5 } as const;

/**
 * How much each of `axes` matters among `combinations`: by the functional ANOVA where each combination of their values was trained,
 * which is exact, else by PED-ANOVA. Undefined without an axis, and while fewer than two combinations have ended. Pure.
 */
export function axisImportance(
  axes: readonly Axis[],
  combinations: readonly MeasuredCombination[],
): Importance | undefined {
  const measured = combinations
    .map(({ values, trials }) => ({ values, outcomes: trials.flatMap((trial) => outcomeOf(trial) ?? []) }))
    .filter(({ outcomes }) => outcomes.length > 0);
  if (axes.length === 0 || measured.length < 2) return undefined;
  const grid = fullGrid(axes, measured);
  return grid ? byVariance(axes, grid) : byBest(axes, measured);
}

/** Accuracy, or minus infinity of what diverged. */
interface Outcome {
  readonly seed: number;
  readonly value: number;
}

interface Measured {
  readonly values: Combination;
  readonly outcomes: readonly Outcome[];
}

function outcomeOf({ seed, state, accuracy }: MeasuredCombination['trials'][number]): Outcome | undefined {
  if (state === 'diverged') return { seed, value: Number.NEGATIVE_INFINITY };
  return accuracy === undefined ? undefined : { seed, value: accuracy };
}

const hasDiverged = ({ value }: Outcome) => value === Number.NEGATIVE_INFINITY;

const counted = (measured: readonly Measured[]) => {
  const outcomes = measured.flatMap((each) => each.outcomes);
  return { trials: outcomes.length, diverged: outcomes.filter(hasDiverged).length };
};

/** The combinations in the order of a full grid's cells; undefined where some are missing. */
function fullGrid(axes: readonly Axis[], measured: readonly Measured[]): readonly Measured[] | undefined {
  const cells = axes.reduce((product, { values }) => product * values.length, 1);
  if (cells !== measured.length) return undefined;
  const levels = axes.map(({ values }) => values.length);
  const placeOf = ({ values }: Measured) =>
    placeIn(
      levels,
      axes.map((axis) => axis.values.indexOf(values[axis.path])),
    );
  const byPlace = new Map(measured.map((each) => [placeOf(each), each]));
  return byPlace.size === cells ? Array.from({ length: cells }, (_, place) => byPlace.get(place)!) : undefined;
}

const placeIn = (levels: readonly number[], cell: readonly number[]): number =>
  cell.reduce((place, level, axis) => place * levels[axis]! + level, 0);

function byVariance(axes: readonly Axis[], grid: readonly Measured[]): Importance {
  const levels = axes.map(({ values }) => values.length);
  const sharesOf = (means: readonly number[]) => {
    const { main, interactions } = varianceShares(levels, (cell) => means[placeIn(levels, cell)]!);
    return [...main, interactions];
  };
  const shares = sharesOf(grid.map(({ outcomes }) => meanOf(outcomes.map(accuracyOf))));
  const seeds = [...new Set(grid.flatMap(({ outcomes }) => outcomes.map(({ seed }) => seed)))];
  // Trials of a seed share initial weights and order: they are drawn together, and cells that lack all of a draw stay as they are.
  const resamples = resample(seeds.length, FEWEST_SEEDS, (drawn) => {
    const weights = new Map<number, number>();
    for (const i of drawn) weights.set(seeds[i]!, (weights.get(seeds[i]!) ?? 0) + 1);
    return sharesOf(grid.map(({ outcomes }) => weightedMean(outcomes, weights)));
  });
  const all = withIntervals(shares, resamples);
  return {
    method: 'anova',
    axes: ranked(axes, all),
    ...(axes.length > 1 ? { interactions: all.at(-1)! } : {}),
    ...counted(grid),
    ...(resamples.length > 0 ? { resampled: 'seeds' } : {}),
  };
}

const accuracyOf = (outcome: Outcome): number => (hasDiverged(outcome) ? 0 : outcome.value);

function weightedMean(outcomes: readonly Outcome[], weights: ReadonlyMap<number, number>): number {
  let [sum, total] = [0, 0];
  for (const outcome of outcomes) {
    const weight = weights.get(outcome.seed) ?? 0;
    sum += weight * accuracyOf(outcome);
    total += weight;
  }
  return total > 0 ? sum / total : meanOf(outcomes.map(accuracyOf));
}

function byBest(axes: readonly Axis[], measured: readonly Measured[]): Importance {
  const parameters = axes.map(parameterOf);
  const placers = axes.map(placer);
  const observations = measured.map(({ values, outcomes }) => {
    const at = placers.map((placeOf) => placeOf(values));
    return outcomes.map(({ value }) => ({ at, value }));
  });
  const { trials, diverged } = counted(measured);
  const quantile = Math.min(BEST.most, Math.max(BEST.share, BEST.trials / trials));
  const sharesOf = (some: typeof observations) => {
    const importances = pedAnova(parameters, some.flat(), quantile);
    const total = importances.reduce((sum, each) => sum + each, 0);
    return importances.map((each) => (total > 0 ? each / total : 0));
  };
  const resamples = resample(observations.length, FEWEST_COMBINATIONS, (drawn) =>
    sharesOf(drawn.map((i) => observations[i]!)),
  );
  return {
    method: 'ped-anova',
    axes: ranked(axes, withIntervals(sharesOf(observations), resamples)),
    quantile,
    trials,
    diverged,
    ...(resamples.length > 0 ? { resampled: 'combinations' } : {}),
  };
}

/** An axis of numbers alone is a range of them, any other a choice. */
function parameterOf(axis: Axis): Parameter {
  const numbers = numbersOf(axis);
  if (hasWords(axis)) return { choices: settingsOf(axis).length };
  const isWhole = isWholeKey(axis.path) && numbers.every(Number.isInteger);
  const ends = { low: numbers[0]!, high: numbers.at(-1)!, log: isGeometric(numbers) };
  return { ...ends, ...(isWhole ? { step: 1 } : {}) };
}

const hasWords = (axis: Axis): boolean => numbersOf(axis).length < settingsOf(axis).length;

const settingsOf = (axis: Axis) => axis.values.filter((value) => !isAbsent(axis, value));

/** Where a combination lies on `axis`: the number, or the place among the choices; undefined where it has no such setting. */
function placer(axis: Axis): (values: Combination) => number | undefined {
  const places = new Map(settingsOf(axis).map((value, place) => [value, place]));
  if (hasWords(axis)) return (values) => places.get(values[axis.path]);
  return (values) => (places.has(values[axis.path]) ? (values[axis.path] as number) : undefined);
}

/** What `of` makes of as many draws out of `length` with replacement; nothing of too few. */
function resample<T>(length: number, fewest: number, of: (drawn: readonly number[]) => T): T[] {
  if (length < fewest) return [];
  const random = mulberry32(1);
  const count = Math.max(FEWEST_RESAMPLES, Math.min(RESAMPLES, Math.floor(MOST_DRAWS / length)));
  return Array.from({ length: count }, () => of(Array.from({ length }, () => Math.floor(random() * length))));
}

function withIntervals(shares: readonly number[], resamples: readonly (readonly number[])[]): Share[] {
  return shares.map((share, i) => {
    const sorted = resamples.map((each) => each[i]!).sort((a, b) => a - b);
    const at = (p: number) => sorted[Math.round(p * (sorted.length - 1))]!;
    return sorted.length > 0 ? { share, interval: [at(0.025), at(0.975)] } : { share };
  });
}

const ranked = (axes: readonly Axis[], shares: readonly Share[]): AxisImportance[] =>
  axes.map(({ path, title }, i) => ({ path, title, ...shares[i]! })).sort((a, b) => b.share - a.share);
