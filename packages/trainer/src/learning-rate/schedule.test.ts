import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantSchedule, type WarmupCosineArgs, warmupCosine } from '../index.js';

describe('warmupCosine', () => {
  // The NFNet recipe: 1.6 at batch 4096, 5 of 360 epochs of 1,281,167 images.
  const nfnet = warmupCosine({ maxLearningRate: 1.6, warmupSteps: (5 * 1281167) / 4096, totalSteps: 112602 });

  it.each([
    [0, 0],
    [1, 0.00102307],
    [100, 0.10230673],
    [1000, 1.02306725],
    [1563, 1.59905411],
    [1564, 1.6],
    [10000, 1.57732047],
    [56301, 0.81769776],
    [112602, 0],
  ])('gives the rate of the reference at step %i', (step, expected) => {
    expect(nfnet(step)).toBeCloseTo(expected, 8);
  });

  it('ends the warm-up with the maximum and the cosine with the minimum', () => {
    const schedule = warmupCosine({ maxLearningRate: 2, minLearningRate: 0.5, warmupSteps: 4, totalSteps: 12 });
    // Half of the way: (2 - .5) / 2 * (1 + cos(pi / 2)) + .5.
    expect([schedule(2), schedule(4), schedule(8), schedule(12), schedule(99)].map((x) => +x.toFixed(12))).toEqual([
      1, 2, 1.25, 0.5, 0.5,
    ]);
    expect(schedule.warmupSteps).toBe(4);
  });

  it('starts at the maximum without a warm-up', () => {
    expect(warmupCosine({ maxLearningRate: 2, warmupSteps: 0, totalSteps: 10 })(0)).toBe(2);
  });

  it('rises before the end of the warm-up, falls after it, and stays in range', () => {
    const positive = fc.double({ min: 0.001, max: 100, noNaN: true });
    fc.assert(
      fc.property(positive, positive, positive, positive, (maxLearningRate, warmupSteps, rest, t) => {
        const schedule = warmupCosine({ maxLearningRate, warmupSteps, totalSteps: warmupSteps + rest });
        const [now, later] = [schedule(t), schedule(t * 1.01)];
        expect(now).toBeGreaterThanOrEqual(0);
        expect(now).toBeLessThanOrEqual(maxLearningRate);
        if (t * 1.01 <= warmupSteps) expect(later).toBeGreaterThan(now);
        if (t > warmupSteps) expect(later).toBeLessThanOrEqual(now);
      }),
    );
  });

  it.each<[Partial<WarmupCosineArgs>, string]>([
    [{ warmupSteps: 10 }, '`warmupSteps` must be < `totalSteps` (10), got 10.'],
    [{ maxLearningRate: -1 }, '`maxLearningRate` must be finite and >= 0, got -1.'],
    [{ minLearningRate: 3 }, '`minLearningRate` must be <= `maxLearningRate` (2), got 3.'],
    [{ totalSteps: Number.NaN }, '`totalSteps` must be finite and >= 0, got NaN.'],
  ])('refuses %o', (change, message) => {
    expect(() => warmupCosine({ maxLearningRate: 2, warmupSteps: 1, totalSteps: 10, ...change })).toThrow(
      `warmupCosine: ${message}`,
    );
  });
});

it('constantSchedule stays', () => {
  expect([0, 0.5, 1e9].map(constantSchedule(0.3))).toEqual([0.3, 0.3, 0.3]);
  expect(() => constantSchedule(Infinity)).toThrow(
    'constantSchedule: `learningRate` must be finite and >= 0, got Infinity.',
  );
});
