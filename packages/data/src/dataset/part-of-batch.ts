import { assertInteger } from '@nfnets/options';

/** Which part of every batch a process takes of several that share them. */
export interface BatchPart {
  /** Number of the part, from 0. */
  readonly index: number;
  /** How many parts there are. */
  readonly count: number;
}

/**
 * The samples of a batch that a part has, as `[from, to)`. Parts differ by a sample at most, the first are the larger: 7 in 3 parts are 3, 2
 * and 2. A part of a batch with fewer samples than parts may have none, `from` and `to` are then the same.
 *
 * @param samples Samples of the batch.
 * @param part Which part.
 * @throws RangeError or TypeError for numbers that are none.
 * @example
 * ```ts
 * import { partOfBatch } from '@nfnets/data';
 *
 * console.log([0, 1, 2].map((index) => partOfBatch(7, { index, count: 3 }))); // [[0, 3], [3, 5], [5, 7]]
 * ```
 */
export function partOfBatch(samples: number, part: BatchPart): readonly [from: number, to: number] {
  assertInteger('partOfBatch', 'samples', samples, 0);
  assertPart('partOfBatch', part);
  const { index, count } = part;
  const before = (parts: number) => parts * Math.floor(samples / count) + Math.min(parts, samples % count);
  return [before(index), before(index + 1)];
}

/** Throws unless `part` is one of several. */
export function assertPart(who: string, part: BatchPart): void {
  assertInteger(who, 'part.count', part?.count, 1);
  assertInteger(who, 'part.index', part.index, 0);
  if (part.index < part.count) return;
  throw new RangeError(`${who}: \`part.index\` must be below \`part.count\`, got ${part.index} of ${part.count}.`);
}

/**
 * The samples that a dataset draws of a batch of which a part is asked for: one stands in where it has none, as a step cannot be made of
 * nothing.
 */
export function drawnOfBatch(samples: number, part: BatchPart | undefined): readonly [from: number, to: number] {
  if (!part) return [0, samples];
  const [from, to] = partOfBatch(samples, part);
  return from === to && samples > 0 ? [0, 1] : [from, to];
}
