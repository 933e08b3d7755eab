import { expect, it } from 'vitest';
import { scaleLearningRate } from '../index.js';

it('scales linearly by default: 0.1 at 256 is 1.6 at 4096', () => {
  expect(scaleLearningRate({ base: 0.1, batchSize: 4096 })).toBeCloseTo(1.6, 12);
});

it('scales by the square root, or not at all', () => {
  // sqrt(4096 / 256) = 4
  expect(scaleLearningRate({ base: 0.1, batchSize: 4096, rule: 'sqrt' })).toBeCloseTo(0.4, 12);
  expect(scaleLearningRate({ base: 0.1, batchSize: 4096, rule: 'none' })).toBe(0.1);
  expect(scaleLearningRate({ base: 0.1, per: 64, batchSize: 16 })).toBeCloseTo(0.025, 12);
});

it('refuses other rules and batch sizes', () => {
  expect(() => scaleLearningRate({ base: 0.1, batchSize: 0.5 })).toThrow(
    '`batchSize` must be an integer >= 1, got 0.5.',
  );
  expect(() => scaleLearningRate({ base: 0.1, batchSize: 1, rule: 'cubic' as 'none' })).toThrow(
    "scaleLearningRate: `rule` must be one of 'linear', 'sqrt', 'none', got \"cubic\".",
  );
});
