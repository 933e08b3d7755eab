import { type Combination, combinationKey, combinationOf, keysOfSeed } from '../../plan/index.js';
import { hasDiverged, type TrialRecord } from '../../schema/index.js';
import { isFigure } from '../../text/index.js';
import { groupBy } from '../figures/group-by.js';

/** The trials that differ in nothing but their seeds and repeats. */
export interface Cell {
  readonly values: Combination;
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
    const { seed, repeat = 1 } = record.trial.config;
    const values = combinationOf(record.trial.config, ofSeed);
    return { ...record, values, seed: repeat === 1 ? `${seed}` : `${seed}, repeat ${repeat}` };
  });
  return [...groupBy(trials, ({ values }) => combinationKey(values)).values()].map((group) => ({
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
