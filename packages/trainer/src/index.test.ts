import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Ema',
    'MomentumSGD',
    'accumulatedStep',
    'constantSchedule',
    'countSteps',
    'cutMixBox',
    'divergenceDetector',
    'ema',
    'emaDecay',
    'evaluate',
    'plainStep',
    'samStep',
    'scaleLearningRate',
    'sgd',
    'softmaxCrossEntropy',
    'train',
    'warmupCosine',
  ]);
});
