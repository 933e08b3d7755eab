import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'CheckpointError',
    'Ema',
    'accumulatedStep',
    'constantSchedule',
    'countSteps',
    'divergenceDetector',
    'ema',
    'emaDecay',
    'evaluate',
    'evaluateInDetail',
    'fit',
    'plainStep',
    'restoreState',
    'samStep',
    'scaleLearningRate',
    'softmaxCrossEntropy',
    'train',
    'warmupCosine',
    'watchedStep',
    'withStateTensors',
  ]);
});
