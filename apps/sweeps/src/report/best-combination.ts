import { isFigure } from '../text/index.js';

/** Trials that differ in nothing but their seed, as far as the best is concerned. */
interface Combination {
  /** Mean accuracy of those that are done. */
  readonly mean?: number;
  /** How many diverged. */
  readonly diverged: number;
}

/**
 * The combinations with the highest mean accuracy, several where they are equal: of those that no seed diverged in, and where
 * there are none of all. None where no trial is done.
 */
export function bestCombinations<T extends Combination>(combinations: readonly T[]): T[] {
  const measured = combinations.filter(({ mean }) => isFigure(mean));
  const stable = measured.filter(({ diverged }) => diverged === 0);
  const candidates = stable.length > 0 ? stable : measured;
  const highest = Math.max(...candidates.map(({ mean }) => mean!));
  return candidates.filter(({ mean }) => mean === highest);
}
