import { expect, it } from 'vitest';
import * as api from './index.js';
import * as node from './node.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Ema',
    'MomentumSGD',
    'accumulatedStep',
    'arrayDataset',
    'constantSchedule',
    'countSteps',
    'cutMixBox',
    'deriveSeed',
    'divergenceDetector',
    'ema',
    'emaDecay',
    'evaluate',
    'plainStep',
    'samStep',
    'scaleLearningRate',
    'sgd',
    'softmaxCrossEntropy',
    'split',
    'train',
    'warmupCosine',
  ]);
  expect(Object.keys(node)).toEqual(['mnistDigits']);
});
