import { expect, it } from 'vitest';
import { compareLosses } from './compare-losses.js';

const lines = (...losses: number[]) =>
  losses.map((loss, i) => ({ type: 'step' as const, step: i + 1, epoch: 1, samples: 1, seconds: 0, loss }));

it('tells the first step that differs, and by how much at most', () => {
  expect(compareLosses(lines(2, 1, 0.5), lines(2, 1, 0.5, 0.25))).toEqual({ steps: 3, largest: 0 });
  // |1 - 0.8| / 1 = 0.2, and |0.5 - 0.4| / 0.5 the same.
  const { firstDifference, largest } = compareLosses(lines(2, 1, 0.5), lines(2, 0.8, 0.4));
  expect(firstDifference).toBe(2);
  expect(largest).toBeCloseTo(0.2, 12);
});

it('takes a loss that was no number for the same as another such', () => {
  expect(compareLosses(lines(2, Number.NaN), lines(2, Number.NaN))).toEqual({ steps: 2, largest: 0 });
  expect(compareLosses(lines(2, Number.NaN), lines(2, 1)).largest).toBe(Number.POSITIVE_INFINITY);
});
