import { deriveSeed } from '@nfnets/data';

/** Where the mask of a part of a batch lies in that of the whole. */
interface MaskPlace {
  /** Seed of the whole batch's masks. */
  readonly seed: number;
  /** Samples of the whole batch, and the first of the part. */
  readonly samples: number;
  readonly from: number;
  /** Number of the process. */
  readonly index: number;
}

/**
 * The values of a mask that a part of a batch gets: the rows of its samples in the mask of the whole batch, so that a sample's mask does not
 * depend on how many processes share the batch. A mask without a row for each sample, and one whose `values` know no other shape, is each
 * process's own.
 *
 * @param shape of the mask
 * @param rows samples of the part
 */
export function partOfMask(
  shape: readonly number[],
  rows: number,
  values: (seed: number, shape?: readonly number[]) => Float32Array,
  { seed, samples, from, index }: MaskPlace,
): Float32Array {
  const rowSize = shape.slice(1).reduce((product, size) => product * size, 1);
  if (shape.length > 0 && shape[0] === rows) {
    const whole = values(seed, [samples, ...shape.slice(1)]);
    if (whole.length === samples * rowSize) return whole.slice(from * rowSize, (from + rows) * rowSize);
  }
  return values(index === 0 ? seed : deriveSeed(seed, 'process', index));
}
