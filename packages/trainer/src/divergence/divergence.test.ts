import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DivergenceOptions, divergenceDetector } from '../index.js';
import { defaultPatience } from './divergence.js';

/** Number of losses until the detector speaks, and what it says; undefined if it does not. */
function feed(losses: Iterable<number>, options?: DivergenceOptions): [number, string] | undefined {
  const detect = divergenceDetector(10, options);
  let count = 0;
  for (const loss of losses) {
    count++;
    const divergence = detect(loss);
    if (divergence) return [count, divergence.reason];
  }
  return undefined;
}
const steps = (count: number, loss: (step: number) => number) => Array.from({ length: count }, (_, step) => loss(step));

describe('divergenceDetector', () => {
  it.each([Number.NaN, Infinity, -Infinity])('finds a loss of %d at once, also during warm-up', (bad) => {
    expect(feed([2.3, 2.2, bad, 2.1], { warmupSteps: 100 })).toEqual([3, `the loss is ${bad}`]);
  });

  it('finds a loss that stays above a guess and the start', () => {
    // Limit ln 10 + 1 = 3.30. Step 0 is fine, so the 45 bad ones of the last 50 are there after 46 ... but never before 50.
    expect(feed([2.3, ...steps(200, () => 4)])).toEqual([
      50,
      '49 of the last 50 losses were above 3.30, and a guess has 2.30',
    ]);
  });

  it('says what went wrong, and whether the last loss was too high', () => {
    const detect = divergenceDetector(10, { patience: 2 });
    expect([2.3, 2.2, 4].map((loss) => [detect(loss), detect.isAtRisk])).toEqual([
      [undefined, false],
      [undefined, false],
      [undefined, true],
    ]);
    expect(detect(4)!.kind).toBe('high-loss');
    expect(detect(Number.NaN)!.kind).toBe('non-finite-loss');
  });

  it('finds a spike where it is asked to', () => {
    // The median of 1, 1, 9, 1 is 1; one of 3 is fine, one of 9 after it is not.
    const detect = divergenceDetector(10, { patience: 4, spike: 5, margin: 100 });
    for (const loss of [1, 1, 9, 1, 1, 3]) expect(detect(loss)).toBeUndefined();
    expect(detect(9)).toEqual({
      kind: 'spike',
      reason: 'the loss is 9.00, and the median of the 4 losses before it 2.00',
      lostAt: 6,
    });
    expect(feed([1, 1, 1, 1, 9, 1], { patience: 4, spike: 5, warmupSteps: 100 })).toBeUndefined();
  });

  it('looks at nothing but finiteness until the warm-up is over', () => {
    expect(feed([2.3, ...steps(200, () => 4)], { warmupSteps: 100 })![0]).toBe(150);
  });

  it('is not disturbed by single good batches', () => {
    expect(feed([2.3, ...steps(200, (step) => (step % 20 === 0 ? 0.1 : 50))])).toBeDefined();
  });

  it.each<[string, number[]]>([
    ['a net that learns', steps(500, (step) => 2.3 * Math.exp(-step / 100))],
    ['a net that starts badly and learns slowly', steps(2000, (step) => 30 - step / 100)],
    ['a net that starts badly and stays there', steps(500, (step) => 30 + (step % 3) / 4)],
    [
      'a net that has collapsed to a constant',
      [2.4, 1, 0.9, ...steps(500, (step) => Math.LN10 + 0.2 * Math.sin(step))],
    ],
    ['a spike of 40 steps', [...steps(50, () => 1), ...steps(40, () => 1e6), ...steps(300, () => 1)]],
    ['single spikes of any height', steps(500, (step) => (step % 5 === 4 ? 1e30 : 1.5))],
    ['small batches with noisy losses', noisy(3000)],
  ])('says nothing about %s', (_, losses) => {
    expect(feed(losses)).toBeUndefined();
  });

  it('never speaks of losses below the margin', () => {
    const loss = fc.double({ min: 0, max: Math.log(10) + 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(loss, { minLength: 1, maxLength: 200 }), (losses) => {
        expect(feed(losses, { patience: 10 })).toBeUndefined();
      }),
    );
  });

  it('looks back on a quarter of a run, from 5 to 50 steps', () => {
    expect([1, 14, 58, 116, 200, 10_000].map(defaultPatience)).toEqual([5, 5, 15, 29, 50, 50]);
  });

  it('refuses options out of range', () => {
    expect(() => divergenceDetector(10, { patience: 0 })).toThrow('`patience` must be a whole number from 1, got 0.');
    expect(() => divergenceDetector(10, { spike: 0 })).toThrow(
      'divergenceDetector: `spike` must be a number > 0, got 0.',
    );
    expect(() => divergenceDetector(10, { margin: -1 })).toThrow('`margin` must be a finite number >= 0, got -1.');
  });
});

/** Mean 2.6, deviation 0.6: above the limit in one of eight steps. */
function noisy(count: number): number[] {
  const random = mulberry32(3);
  return steps(count, (step) => (step === 0 ? 2.3 : 2.6 + 2.07 * (random() - 0.5)));
}
