import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { recipe } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { expect, it } from 'vitest';
import { emaDecay, samStep, scaleLearningRate, warmupCosine } from '../index.js';

it('has the published learning rates at every step', () => {
  const { schedule } = recipe('nfnet_f0');
  const rate = warmupCosine(schedule);
  for (const [step, expected] of [
    [0, 0],
    [1, 0.00102307],
    [100, 0.10230673],
    [1000, 1.02306725],
    [1563, 1.59905411],
    [1564, 1.6],
    [10_000, 1.57732047],
    [56_301, 0.81769776],
    [112_602, 0],
  ] as const) {
    expect(rate(step), `step ${step}`).toBeCloseTo(expected, 8);
  }
});

it('is made of what the options are called', () => {
  const { optimizer, schedule, clip, weightDecay, learningRate, batchSize, ema, sam } = recipe('nfnet_f6');
  expect(scaleLearningRate({ ...learningRate, batchSize })).toBe(schedule.maxLearningRate);
  expect(emaDecay(1e6, ema)).toBe(0.99999);
  const made = withTransforms(
    sgd({ learningRate: 0, ...optimizer }),
    adaptiveGradClip(clip),
    addDecayedWeights({ weightDecay }),
  );
  expect(samStep(sam!)).toBeTypeOf('function');
  made.dispose();
});
