import { expect, it } from 'vitest';
import { scoreLogits } from './score-logits.js';

it('sums cross-entropies and counts hits', () => {
  // -ln(e^2 / (e^2 + 6)) = 0.59416: first; ln 7 = 1.94591: fourth, by its number among equals; ln 7: seventh.
  const logits = [2, 0, 0, 0, 0, 0, 0, ...Array(14).fill(0)];
  const score = scoreLogits(logits, [0, 3, 6], 7);
  expect(score.loss).toBeCloseTo(Math.log(1 + 6 / Math.exp(2)) + 2 * Math.log(7), 10);
  expect([score.top1, score.top5]).toEqual([1, 2]);
});

it('does not call NaN a hit', () => {
  for (const logits of [
    [Number.NaN, 0, 0],
    [0, Number.NaN, 0],
    [Number.NaN, Number.NaN, Number.NaN],
  ]) {
    for (const label of [0, 1, 2]) {
      const score = scoreLogits(logits, [label], 3);
      expect(score.loss).toBeNaN();
      expect([score.top1, score.top5]).toEqual([0, 0]);
    }
  }
});

it('lets a constant network hit as often as its first class occurs', () => {
  expect(scoreLogits(Array(9).fill(0.5), [0, 1, 2], 3).top1).toBe(1);
});

it('is exact for large logits, and infinite where a class is impossible', () => {
  expect(scoreLogits([3e38, 3e38], [1], 2).loss).toBeCloseTo(Math.LN2, 10);
  expect(scoreLogits([1e4, 0], [1], 2).loss).toBe(1e4);
  expect(scoreLogits([0, -Infinity], [1], 2).loss).toBe(Infinity);
});
