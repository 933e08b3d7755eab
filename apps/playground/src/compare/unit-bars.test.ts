import { expect, it } from 'vitest';
import { describeUnits, ratioHeight, unitBars } from './unit-bars.js';

it('puts ratios from 0.000001 to 10 on a logarithmic scale, 7 powers of ten high', () => {
  const heights = [0, 1e-7, 1e-6, 1e-5, 0.1, 10, 1000, Number.POSITIVE_INFINITY, Number.NaN].map(ratioHeight);
  for (const [i, height] of [0, 0, 0, 1 / 7, 5 / 7, 1, 1, 1, 1].entries()) expect(heights[i]).toBeCloseTo(height, 9);
});

it('lights what is above the limit, and what is no number', () => {
  const bars = unitBars(Float32Array.of(0.01, 0.02, 0.03, Number.NaN), 0.025);
  expect(bars.map(({ isClipped }) => isClipped)).toEqual([false, false, true, true]);
  expect(describeUnits('linear', bars, 0.025)).toBe(
    '4 units of linear, gradient norm over weight norm; 2 are above 0.025',
  );
  expect(unitBars([1, 2], undefined).every(({ isClipped }) => !isClipped)).toBe(true);
});
