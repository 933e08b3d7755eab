import { partOfBatch } from '@nfnets/data';
import { describe, expect, it } from 'vitest';
import { partOfMask } from './shared-masks.js';

/** A mask whose values tell their seed and their place. */
const values =
  (own: readonly number[]) =>
  (seed: number, shape: readonly number[] = own): Float32Array =>
    Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => 1000 * seed + i);

describe('partOfMask', () => {
  it('gives parts the rows of the whole batch’s mask, however it is cut', () => {
    for (const samples of [3, 7, 8]) {
      const whole = values([samples, 2, 5])(4);
      for (const count of [1, 2, 3]) {
        const parts = Array.from({ length: count }, (_, index) => {
          const [from, to] = partOfBatch(samples, { index, count });
          const shape = [to - from, 2, 5];
          return partOfMask(shape, to - from, values(shape), { seed: 4, samples, from, index });
        });
        expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
      }
    }
  });

  it('gives each process a mask of its own where there is no row for each sample, or no other shape is known', () => {
    const place = { seed: 4, samples: 6, from: 3 };
    const ofWeights = (index: number) => [...partOfMask([1, 5], 3, values([1, 5]), { ...place, index })];
    const ofOneShape = (index: number) => [
      ...partOfMask([3, 2], 3, (seed) => values([3, 2])(seed), { ...place, index }),
    ];
    for (const masks of [ofWeights, ofOneShape]) {
      expect(masks(0)[0]).toBe(4000);
      expect(masks(1)).not.toEqual(masks(0));
      expect(masks(2)).not.toEqual(masks(1));
    }
  });
});
