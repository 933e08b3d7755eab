import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Ema',
    'accumulatedStep',
    'constantSchedule',
    'countSteps',
    'divergenceDetector',
    'ema',
    'emaDecay',
    'evaluate',
    'plainStep',
    'samStep',
    'scaleLearningRate',
    'softmaxCrossEntropy',
    'train',
    'warmupCosine',
  ]);
});
