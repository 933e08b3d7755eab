import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveSeed } from '../index.js';

const parts = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 });

it('returns nonzero 31-bit integers, the same each time', () => {
  fc.assert(
    fc.property(fc.integer(), parts, (seed, parts) => {
      const derived = deriveSeed(seed, ...parts);
      expect(Number.isInteger(derived) && derived > 0 && derived < 2 ** 31).toBe(true);
      expect(deriveSeed(seed, ...parts)).toBe(derived);
    }),
  );
});

it('keeps seeds, parts and their borders apart', () => {
  const seeds = [
    deriveSeed(0),
    deriveSeed(1),
    deriveSeed(-1),
    deriveSeed(0, 'a'),
    deriveSeed(0, 'a', 'b'),
    deriveSeed(0, 'ab'),
    deriveSeed(0, 'a', 1),
    deriveSeed(0, 'a', '1'),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
});

it('spreads neighbouring steps over the whole range', () => {
  const seeds = Array.from({ length: 2000 }, (_, step) => deriveSeed(0, 'masks', step));
  expect(new Set(seeds).size).toBe(2000);
  // Each of the 31 bits is set in 1000 of 2000; five standard deviations are 5 * sqrt(2000 / 4) = 112.
  for (let bit = 0; bit < 31; bit++) {
    const set = seeds.filter((seed) => (seed >> bit) & 1).length;
    expect(Math.abs(set - 1000), `bit ${bit}`).toBeLessThan(112);
  }
});

it('refuses what is not an integer', () => {
  expect(() => deriveSeed(0.5)).toThrow('deriveSeed: `seed` must be an integer, got 0.5.');
  expect(() => deriveSeed('1' as unknown as number)).toThrow('deriveSeed: `seed` must be a number, got "1".');
});
