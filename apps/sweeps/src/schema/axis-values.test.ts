import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisValueAt, axisValues, countAxisValues } from './axis-values.js';

describe('axisValues', () => {
  it('steps from the first value to the last', () => {
    expect(axisValues({ range: [1, 10, 3] })).toEqual([1, 4, 7, 10]);
    expect(axisValues({ range: [1, 9.9, 3] })).toEqual([1, 4, 7]);
    // 0.1 + 2 * 0.1 is 0.30000000000000004 in binary.
    expect(axisValues({ range: [0.1, 0.5, 0.1] })).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });

  it('goes in equal factors from one end to the other', () => {
    // The grid of Brock et al. 2021, figure 2.
    expect(axisValues({ logRange: [0.01, 0.16], count: 5 })).toEqual([0.01, 0.02, 0.04, 0.08, 0.16]);
    expect(axisValues({ logRange: [64, 2048], count: 6 })).toEqual([64, 128, 256, 512, 1024, 2048]);
    // 10^(1/2) = 3.16228
    expect(axisValues({ logRange: [0.01, 1], perDecade: 2 })).toEqual([0.01, 0.0316228, 0.1, 0.316228, 1]);
    expect(axisValues({ logRange: [0.01, 0.5], perDecade: 1 })).toEqual([0.01, 0.1]);
  });

  it('ends where it is told to, and tells close values apart', () => {
    expect(axisValues({ logRange: [1, 1234567], count: 2 })).toEqual([1, 1234567]);
    // The momentum 1 would be none.
    expect(axisValues({ logRange: [0.01, 0.9999999], count: 2 })).toEqual([0.01, 0.9999999]);
    expect(axisValues({ logRange: [1234567, 12345670], perDecade: 1 })).toEqual([1234567, 12345670]);
    // 0.01 * (1 + 0.00001 * i), to all digits that matter: 0.01000005 is halfway.
    expect(axisValues({ logRange: [0.01, 0.0100001], count: 3 })).toEqual([0.01, 0.01000005, 0.0100001]);
    expect(new Set(axisValues({ logRange: [1, 1.0000001], count: 9 })).size).toBe(9);
  });

  it('makes as many as it counts, all within the ends', () => {
    const spacing = fc
      .record({
        from: fc.double({ min: 1e-3, max: 1, noNaN: true }),
        factor: fc.double({ min: 1.1, max: 500, noNaN: true }),
      })
      .map(({ from, factor }) => ({ logRange: [from, from * factor] }));
    fc.assert(
      fc.property(spacing, fc.integer({ min: 2, max: 40 }), ({ logRange }, count) => {
        for (const axis of [
          { logRange, count },
          { logRange, perDecade: count },
        ]) {
          const values = axisValues(axis) as number[];
          expect(values).toHaveLength(countAxisValues(axis));
          expect(values[0]!).toBe(logRange[0]!);
          expect(Math.max(...values)).toBeLessThanOrEqual(logRange[1]!);
        }
      }),
    );
  });
});

describe('axisValueAt', () => {
  it('takes the value of a list, or any number in between', () => {
    expect([0, 0.32, 0.34, 0.99].map((u) => axisValueAt(['a', 'b', 'c'], u))).toEqual(['a', 'a', 'b', 'c']);
    expect(axisValueAt({ range: [2, 4] }, 0.25)).toBe(2.5);
    // Half of the way from 0.01 to 1, in factors.
    expect(axisValueAt({ logRange: [0.01, 1] }, 0.5)).toBe(0.1);
  });

  it('stays between the ends, also where these are close', () => {
    // Rounded to six digits both would be 1.
    expect(axisValueAt({ range: [0.9999991, 0.9999999] }, 0.5)).toBe(0.9999995);
    expect(axisValueAt({ range: [0.1, 0.9999999] }, 0.99999999)).toBe(0.9999999);
    expect(axisValueAt({ logRange: [0.12345612, 1] }, 0)).toBe(0.12345612);
    const near = { logRange: [0.01, 0.01000001] };
    expect(new Set(Array.from({ length: 100 }, (_, i) => axisValueAt(near, i / 100))).size).toBe(100);
  });
});
