import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { planTrials } from '../plan/plan-trials.js';
import { estimateSeconds, type TrialTiming } from './estimate-time.js';

const trials = planTrials(tinyConfig());
const of = (batchSize: number) => trials.find(({ config }) => config.batchSize === batchSize)!.config;
const timing = (batchSize: number, step: number): TrialTiming => ({
  config: of(batchSize),
  start: 3,
  step,
  evaluation: 1,
});

describe('estimateSeconds', () => {
  it('adds start, steps and evaluations of each trial, and shares them among those that run at a time', () => {
    // Two trials of 8 steps at 256, two of 4 at 512, 2 epochs each: 2 * (3 + 8 * 0.5 + 2) + 2 * (3 + 4 * 0.8 + 2) = 34.4
    const timings = [timing(256, 0.5), timing(512, 0.8)];
    expect(estimateSeconds(trials, timings, 1)).toBeCloseTo(34.4, 9);
    expect(estimateSeconds(trials, timings, 2)).toBeCloseTo(17.2, 9);
    expect(estimateSeconds([], timings, 2)).toBe(0);
  });

  it('takes the nearest batch of the same model in proportion, and knows nothing of another model', () => {
    // At 512 a step of 2 * 0.5: 2 * (3 + 8 * 0.5 + 2) + 2 * (3 + 4 * 1 + 2) = 36
    expect(estimateSeconds(trials, [timing(256, 0.5)], 1)).toBeCloseTo(36, 9);
    expect(estimateSeconds(planTrials(tinyConfig('trial.model=resnet50')), [timing(256, 0.5)], 1)).toBeUndefined();
  });
});
