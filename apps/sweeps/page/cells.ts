import { groupBy } from '../src/report/figures/group-by.js';
import { isFigure } from '../src/text/format-values.js';
import type { Axis, LiveTrial } from './messages.js';

/** The trials of one cell of the heatmap. */
export interface Cell {
  readonly trials: readonly LiveTrial[];
  /** Mean accuracy in percent of those that are done, and its standard deviation. */
  readonly mean?: number;
  readonly sd?: number;
  readonly done: number;
  readonly diverged: number;
  readonly running: number;
  /** Steps made of all that are planned, 0 to 1. */
  readonly progress: number;
}

/** Whether an axis tells repetitions of one combination apart. */
export const isSeed = (path: string): boolean => path === 'seed' || path === 'repeat';

/** The trials that differ in nothing but their seed. */
export function combinationsOf(trials: readonly LiveTrial[], axes: readonly Axis[]): Cell[] {
  const key = ({ values }: LiveTrial) => JSON.stringify(values.filter((_, i) => !isSeed(axes[i]?.path ?? '')));
  return [...groupBy(trials, key).values()].map(cellOf);
}

/** The cells of a heatmap with `row` down and `column` across, by `cellKey`. */
export function cellsOf(trials: Iterable<LiveTrial>, row: number, column: number): Map<string, Cell> {
  const groups = groupBy([...trials], ({ values }) => cellKey(values[row], values[column]));
  return new Map([...groups].map(([key, group]) => [key, cellOf(group)]));
}

export const cellKey = (row: unknown, column: unknown): string => `${JSON.stringify(row)} ${JSON.stringify(column)}`;

function cellOf(trials: readonly LiveTrial[]): Cell {
  const values = trials.flatMap(({ state, accuracy }) =>
    state === 'done' && isFigure(accuracy) ? 100 * accuracy : [],
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const count = (wanted: string) => trials.filter(({ state }) => state === wanted).length;
  const part = ({ state, step, steps }: LiveTrial) =>
    state === 'done' || state === 'diverged' || state === 'pruned' ? 1 : Math.min(1, step / Math.max(1, steps));
  return {
    trials,
    done: values.length,
    diverged: count('diverged'),
    running: count('running'),
    progress: trials.reduce((sum, trial) => sum + part(trial), 0) / trials.length,
    ...(values.length > 0 ? { mean } : {}),
    ...(values.length > 1
      ? { sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) }
      : {}),
  };
}

/**
 * Places of the first two axes that are swept, seeds left out; where these are fewer, of others that name a trial. Clip factor
 * and batch size come first.
 */
export function defaultAxes(axes: readonly Axis[]): [row: number, column: number] {
  const usable = axes.flatMap(({ path }, i) => (isSeed(path) ? [] : i));
  const isSwept = (place: number) => axes[place]!.values.length > 1;
  const chosen = [...usable.filter(isSwept), ...usable.filter((place) => !isSwept(place))].slice(0, 2);
  const [first = 0, second = Math.min(1, axes.length - 1)] = chosen.toSorted((a, b) => a - b);
  return axes[first]?.path === 'batchSize' ? [second, first] : [first, second];
}
