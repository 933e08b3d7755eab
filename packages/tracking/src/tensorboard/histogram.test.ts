import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogram } from './histogram.js';

describe('histogram', () => {
  it('counts values in buckets of equal width', () => {
    // 0..8 in 4 buckets: ends at 2, 4, 6, 8, each with its right end.
    expect(histogram([0, 1, 2, 2.5, 8, 4], 4)).toEqual({
      min: 0,
      max: 8,
      count: 6,
      sum: 17.5,
      // 0 + 1 + 4 + 6.25 + 64 + 16
      sumOfSquares: 91.25,
      limits: [2, 4, 6, 8],
      counts: [3, 2, 0, 1],
    });
  });

  it('has one bucket where all values are equal', () => {
    expect(histogram([3, 3], 30)).toMatchObject({ limits: [3], counts: [2], min: 3, max: 3 });
  });

  it('leaves out what is not finite', () => {
    expect(histogram([Number.NaN, 1, Infinity, -Infinity], 4)).toMatchObject({ count: 1, counts: [1], max: 1 });
    expect(histogram([Number.NaN], 4)).toBeUndefined();
    expect(histogram([], 4)).toBeUndefined();
  });

  it('puts every value into the first bucket that ends behind it', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 40 }), (values, buckets) => {
        const { limits, counts, min, max } = histogram(values, buckets)!;
        expect(limits.at(-1)).toBe(max);
        expect(limits).toEqual([...limits].sort((a, b) => a - b));
        expect(Math.min(...values)).toBe(min);
        const expected = limits.map(
          (limit, i) => values.filter((value) => value <= limit && (i === 0 || value > limits[i - 1]!)).length,
        );
        expect(counts).toEqual(expected);
      }),
    );
  });
});
