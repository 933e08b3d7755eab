import type { Optimizer } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { trialOptimizer, unclippedWeights } from './trial-optimizer.js';

const WEIGHTS = [
  'stem_conv0/kernel',
  'stem_conv0/gain',
  'nf_block_0/conv0/kernel',
  'nf_block_1/conv0/kernel',
  'linear/kernel',
  'linear/bias',
];

describe('trialOptimizer', () => {
  /** The optimizer behind the transforms, and what it says of itself. */
  const made = (...settings: string[]) => {
    const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3], name: 'linear' })] });
    const transformed = trialOptimizer(tinyConfig(...settings).trial, model);
    const { optimizer } = transformed as unknown as { optimizer: Optimizer };
    const told = { name: optimizer.getClassName(), ...optimizer.getConfig() };
    transformed.dispose();
    model.dispose();
    return told;
  };
  const settings = ['trial.momentum=0.5', 'trial.weightDecay=0.25'];

  it.each([
    ['sgd', { name: 'MomentumSGD', momentum: 0.5 }],
    ['adamw', { name: 'AdamW', beta1: 0.5, weightDecay: 0.25 }],
    ['stableadamw', { name: 'StableAdamW', beta1: 0.5, weightDecay: 0.25 }],
    ['lars', { name: 'Lars', momentum: 0.5, weightDecay: 0.25 }],
    ['lamb', { name: 'Lamb', beta1: 0.5, weightDecay: 0.25 }],
    ['muon', { name: 'Muon', momentum: 0.5, beta1: 0.9, weightDecay: 0.25, exclude: [{ name: 'linear' }] }],
    ['rmsprop', { name: 'RMSPropTF', momentum: 0.5 }],
  ])('makes %s with the momentum and the decay of the config, and cautious', (name, expected) => {
    expect(made(`trial.optimizer=${name}`, ...settings)).toMatchObject({ ...expected, cautious: false });
    expect(made(`trial.optimizer=${name}`, 'trial.cautious=true', ...settings)).toMatchObject({ cautious: true });
  });
});

describe('unclippedWeights', () => {
  it('takes weights, whole layers, and any letters for a star', () => {
    expect(unclippedWeights(['linear/kernel'], WEIGHTS)).toEqual(['linear/kernel']);
    expect(unclippedWeights(['linear'], WEIGHTS)).toEqual(['linear/kernel', 'linear/bias']);
    expect(unclippedWeights(['stem_*', 'nf_block_1/*'], WEIGHTS)).toEqual([
      'stem_conv0/kernel',
      'stem_conv0/gain',
      'nf_block_1/conv0/kernel',
    ]);
    expect(unclippedWeights([], WEIGHTS)).toEqual([]);
  });

  it('refuses a name that fits nothing', () => {
    expect(() => unclippedWeights(['liner'], WEIGHTS)).toThrow(
      'trial.clipExclude: "liner" fits no weight of the model; did you mean linear? Its layers: stem_conv0, nf_block_0/conv0, nf_block_1/conv0, linear.',
    );
    expect(() => unclippedWeights(['linear/kernal'], WEIGHTS)).toThrow(
      '"linear/kernal" fits no weight of the model; did you mean linear/kernel? The weights of linear: linear/kernel, linear/bias.',
    );
  });
});
