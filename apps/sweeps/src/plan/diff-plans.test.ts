import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { diffPlans } from './diff-plans.js';
import { planTrials } from './plan-trials.js';

it('tells what one plan adds to another, what it takes away, and in which keys they differ', () => {
  const diff = diffPlans(
    planTrials(tinyConfig()),
    planTrials(tinyConfig('axes.batchSize=512,1024', 'trial.clipEps=0.01')),
  );
  // The clip eps has no effect without clipping: `off` at 512 is in both.
  expect(diff.kept.map(({ config }) => [config.clipFactor, config.batchSize])).toEqual([['off', 512]]);
  expect(diff.added).toHaveLength(3);
  expect(diff.removed).toHaveLength(3);
  expect(diff.changes).toEqual(['batchSize: 256, 512 -> 512, 1024', 'clipEps: default -> 0.01']);
});
