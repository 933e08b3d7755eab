import { type AxisValue, valuesOf } from './axes.js';
import { keysOfSeed } from './trial-references.js';

/** What a trial was trained with, by path, but for its seed. */
export type Combination = Readonly<Record<string, AxisValue>>;

/**
 * What `config`, of a trial, shares with the trials that differ from it in nothing but their seeds and repeats: its values without
 * the paths `ofSeed`, which are the seed, the repeat and what follows from them. Where the images lie is no part of it. Pure.
 */
export function combinationOf(config: object, ofSeed: ReadonlySet<string> = keysOfSeed()): Combination {
  return Object.fromEntries(
    Object.entries(valuesOf(config)).filter(([path]) => !ofSeed.has(path) && path !== 'dataset.path'),
  );
}

/** One text for equal combinations, but for their values at the paths in `without`. Pure. */
export const combinationKey = (combination: Combination, without: ReadonlySet<string> = new Set()): string =>
  JSON.stringify(
    Object.entries(combination)
      .filter(([path]) => !without.has(path))
      .sort(),
  );
