import { expect, it } from 'vitest';
import { CLIP_RULES, placeOf, SLIDER_STEPS, valueAt } from './index.js';

it('grows by equal factors: half of the way from 0.001 to 1 is 0.032', () => {
  const ends = { low: 0.001, high: 1 };
  expect([0, 50, 100].map((place) => valueAt(place, ends))).toEqual([0.001, 0.032, 1]);
  expect([0.001, 0.0316, 1, 5].map((value) => placeOf(value, ends))).toEqual([0, 50, 100, 100]);
});

it.each(Object.entries(CLIP_RULES))('of %s has a value at each place, in order, within a place of it', (_, ends) => {
  const values = Array.from({ length: SLIDER_STEPS + 1 }, (_, place) => valueAt(place, ends));
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  for (const [place, value] of values.entries()) expect(Math.abs(placeOf(value, ends) - place)).toBeLessThanOrEqual(2);
  expect(ends.usual).toBeGreaterThanOrEqual(ends.low);
  expect(ends.usual).toBeLessThanOrEqual(ends.high);
});
