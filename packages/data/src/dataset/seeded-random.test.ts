import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom, shuffled } from './seeded-random.js';

it('draws the numbers of mulberry32', () => {
  const [ours, theirs] = [seededRandom(123), mulberry32(123)];
  for (let i = 0; i < 100; i++) expect(ours()).toBe(theirs());
});

it('shuffles without losing or repeating an item', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const result = shuffled(items, seededRandom(seed));
      expect(result.toSorted()).toEqual(items.toSorted());
      expect(shuffled(items, seededRandom(seed))).toEqual(result);
    }),
  );
});

it('puts every item in every place equally often', () => {
  const random = seededRandom(1);
  const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (let i = 0; i < 4000; i++) {
    for (const [place, item] of shuffled([0, 1, 2, 3], random).entries()) counts[item]![place]!++;
  }
  // 1000 expected; five standard deviations are 5 * sqrt(4000 * 3 / 16) = 137.
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(137);
});
