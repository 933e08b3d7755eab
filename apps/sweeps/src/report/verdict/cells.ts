import { type AxisValue, keysOfSeed, valuesOf } from '../../plan/index.js';
import { hasDiverged, type TrialRecord } from '../../schema/index.js';
import { isFigure } from '../../text/index.js';
import { groupBy } from '../figures/group-by.js';

/** What a trial was trained with, but for its seed. */
export type CellValues = Readonly<Record<string, AxisValue>>;

/** The trials that differ in nothing but their seeds and repeats. */
export interface Cell {
  readonly values: CellValues;
  /** Accuracy in percent, by seed and repeat, of the trials that were trained to the end. */
  readonly accuracies: ReadonlyMap<string, number>;
  readonly diverged: number;
  /** Stopped by a pruning rule: what they would have come to is not known. */
  readonly pruned: number;
  /** Ids of its trials. */
  readonly trials: readonly string[];
}

/** The cells of `records`, in order of first appearance; `ofSeed` are the paths that belong to a seed, and it is among them. Pure. */
export function cellsOf(records: readonly TrialRecord[], ofSeed: ReadonlySet<string> = keysOfSeed()): Cell[] {
  const trials = records.map((record) => {
    const all = valuesOf(record.trial.config);
    const { seed, repeat = 1 } = all;
    // Where the images lie is no part of what is trained.
    const isPart = (path: string) => !ofSeed.has(path) && path !== 'dataset.path';
    const values = Object.fromEntries(Object.entries(all).filter(([path]) => isPart(path)));
    return { ...record, values, seed: repeat === 1 ? `${seed}` : `${seed}, repeat ${repeat}` };
  });
  return [...groupBy(trials, ({ values }) => keyOf(values)).values()].map((group) => ({
    values: group[0]!.values,
    accuracies: new Map(
      group.flatMap(({ seed, status }) => {
        const accuracy = status?.metrics['accuracy'];
        const isDone = status?.status === 'done' && !hasDiverged(status);
        return isDone && isFigure(accuracy) ? [[seed, 100 * accuracy] as const] : [];
      }),
    ),
    diverged: group.filter(({ status }) => status && hasDiverged(status)).length,
    pruned: group.filter(({ status }) => status?.status === 'pruned').length,
    trials: group.map(({ trial }) => trial.id),
  }));
}

/** One text for equal values, but for those at the paths in `without`. */
export const keyOf = (values: CellValues, without: ReadonlySet<string> = new Set()): string =>
  JSON.stringify(
    Object.entries(values)
      .filter(([path]) => !without.has(path))
      .sort(),
  );
