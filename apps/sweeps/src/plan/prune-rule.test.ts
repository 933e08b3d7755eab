import fc from 'fast-check';
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

describe('a value that is missing or no number', () => {
  it('is worse than every number, and leaves a peer out', () => {
    const one = rule({ minTrials: 1 });
    expect(pruneReason([2.3], [[Number.NaN]], one)).toBeUndefined();
    expect(pruneReason([2.3], [[null]], one)).toBeUndefined();
    // Of .5, NaN and .4 the median is .45, wherever the NaN stands.
    const peers = [[0.5], [Number.NaN], [0.4]];
    const says = 'its best loss after epoch 1, 0.4600, is worse than the median of 2 others, 0.4500';
    for (const order of [peers, peers.toReversed(), [peers[1]!, peers[0]!, peers[2]!]]) {
      expect(pruneReason([0.46], order, rule({ minTrials: 2 }))).toBe(says);
      expect(pruneReason([0.45], order, rule({ minTrials: 2 }))).toBeUndefined();
    }
    expect(pruneReason([Number.NaN], [[2.3]], one)).toMatch(
      /, no number, is worse than the median of 1 others, 2\.300$/,
    );
    expect(pruneReason([Number.NaN], [[2.3]], rule({ rule: 'asha' }))).toMatch(
      /^its loss after epoch 1, no number, is /,
    );
  });

  it('is what a hole is, also in a list of its own', () => {
    const holes: number[] = [];
    holes[3] = 0.5;
    expect(pruneReason([0.9, 0.8, 0.6, 0.4], [holes], rule({ minTrials: 1 }))).toBeUndefined();
    expect(pruneReason(holes, [[0.9, 0.8, 0.6, 0.4]], rule({ minTrials: 1 }))).toBeUndefined();
    expect(pruneReason([0.6], [holes], rule({ rule: 'asha' }))).toBeUndefined();
  });

  const value = fc.oneof(
    { weight: 3, arbitrary: fc.double({ min: 0.01, max: 10, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, null, undefined) },
  );
  const history = fc.array(value, { minLength: 1, maxLength: 4 });
  const peers = fc.array(history, { maxLength: 6 });
  const anyRule = fc.record({
    rule: fc.constantFrom('median' as const, 'asha' as const),
    metric: fc.constantFrom('loss' as const, 'accuracy' as const),
    warmup: fc.integer({ min: 1, max: 3 }),
    minTrials: fc.integer({ min: 1, max: 3 }),
    reduction: fc.integer({ min: 2, max: 3 }),
  });
  const isSound = (peer: readonly unknown[], length: number) =>
    peer.length >= length && peer.slice(0, length).every(Number.isFinite);

  it('never decides as a peer, nor does the order of the peers', () => {
    fc.assert(
      fc.property(history, peers, anyRule, (own, others, any) => {
        const reason = pruneReason(own, others, any);
        expect(
          pruneReason(
            own,
            others.filter((peer) => isSound(peer, own.length)),
            any,
          ),
        ).toBe(reason);
        expect(pruneReason(own, others.toReversed(), any) === undefined).toBe(reason === undefined);
      }),
    );
  });

  it('never lets a trial go on that a number in its place would not', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), peers, anyRule, (own, others, any) => {
        const worst = any.metric === 'loss' ? 1e6 : -1e6;
        const filled = own.map((each) => (Number.isFinite(each) ? each : worst));
        expect(pruneReason(own, others, any) === undefined).toBe(pruneReason(filled, others, any) === undefined);
      }),
    );
  });
});
