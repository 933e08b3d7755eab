import { describe, expect, it } from 'vitest';
import { type PruneRule, pruneReason } from './prune-rule.js';

const rule = (change: Partial<PruneRule> = {}): PruneRule => ({
  rule: 'median',
  metric: 'loss',
  warmup: 1,
  minTrials: 3,
  reduction: 3,
  ...change,
});

describe('the median rule', () => {
  // Means up to epoch 2: 1.5, 1.75, 2; the median is 1.75.
  const others = [
    [2, 1],
    [2, 1.5],
    [2, 2],
  ];

  it('stops what has never been better than the median of the others', () => {
    expect(pruneReason([2, 1.8], others, rule())).toBe(
      'its best loss after epoch 2, 1.800, is worse than the median of 3 others, 1.750',
    );
    expect(pruneReason([1.7, 3], others, rule())).toBeUndefined();
    expect(pruneReason([2, 1.75], others, rule())).toBeUndefined();
  });

  it('takes more for better where the metric is accuracy', () => {
    const accuracies = [[0.5], [0.6], [0.7]];
    expect(pruneReason([0.55], accuracies, rule({ metric: 'accuracy' }))).toMatch(/0\.5500, is worse than .* 0\.6000$/);
    expect(pruneReason([0.65], accuracies, rule({ metric: 'accuracy' }))).toBeUndefined();
  });

  it('waits for the warm-up, and for enough others that came as far', () => {
    expect(pruneReason([9, 9], others, rule({ warmup: 3 }))).toBeUndefined();
    expect(pruneReason([9, 9, 9], others, rule())).toBeUndefined();
    expect(pruneReason([9, 9], others.slice(1), rule())).toBeUndefined();
  });
});

describe('asha', () => {
  const asha = rule({ rule: 'asha', warmup: 1, reduction: 3 });

  it('lets a third go on at each rung, and always the best', () => {
    expect(pruneReason([5], [], asha)).toBeUndefined();
    expect(pruneReason([5], [[4]], asha)).toBe('its loss after epoch 1, 5.000, is behind 1 of 1 others; 1 go on');
    // Of 6, two go on.
    const others = [[1], [3], [4], [5], [6]];
    expect(pruneReason([2], others, asha)).toBeUndefined();
    expect(pruneReason([3.5], others, asha)).toMatch(/behind 2 of 5 others; 2 go on$/);
  });

  it('decides at the rungs 1, 3, 9 alone', () => {
    const others = [Array(9).fill(1) as number[]];
    const decides = [1, 2, 3, 4, 8, 9].filter((epochs) => pruneReason(Array(epochs).fill(2) as number[], others, asha));
    expect(decides).toEqual([1, 3, 9]);
  });
});
