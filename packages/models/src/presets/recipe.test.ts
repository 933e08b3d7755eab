import { describe, expect, it } from 'vitest';
import { NFNET, type Recipe, type RecipeName, recipe } from '../index.js';

describe('the recipe of', () => {
  it('NFNet-F0 is the published one', () => {
    expect(recipe('nfnet_f0')).toEqual({
      data: { name: 'imagenet', images: 1_281_167, numClasses: 1000 },
      batchSize: 4096,
      epochs: 360,
      steps: 112_602,
      learningRate: { base: 0.1, per: 256, rule: 'linear' },
      schedule: { maxLearningRate: 1.6, minLearningRate: 0, warmupSteps: 1563.924560546875, totalSteps: 112_602 },
      optimizer: { momentum: 0.9, nesterov: true },
      clip: { clipFactor: 0.01, eps: 1e-3, exclude: ['linear/kernel'] },
      weightDecay: 2e-5,
      labelSmoothing: 0.1,
      ema: { decay: 0.99999, warmup: true },
      sam: null,
      stochasticDepthRate: 0.25,
      dropRate: 0.2,
      activation: 'gelu',
      augmentation: 'cutmix_mixup_randaugment_405',
      trainSize: 192,
      testSize: 256,
      evaluation: { preprocessing: 'resize_crop_32', batchSize: 50 },
    } satisfies Recipe);
  });

  it.each([
    ['nfnet_f1', 0.3, 410, 224, 320],
    ['nfnet_f2', 0.4, 410, 256, 352],
    ['nfnet_f3', 0.4, 415, 320, 416],
    ['nfnet_f4', 0.5, 415, 384, 512],
    ['nfnet_f5', 0.5, 415, 416, 544],
    ['nfnet_f6', 0.5, 415, 448, 576],
    ['nfnet_f7', 0.5, 415, 480, 608],
    ['nfnet_f4+', 0.5, 415, 384, 512],
  ] as const)(
    '%s differs in dropout %d, RandAugment %d and its sizes',
    (name, dropRate, magnitude, trainSize, testSize) => {
      const sam = name === 'nfnet_f6' ? { rho: 0.05, ascentShare: 0.2 } : null;
      const augmentation = `cutmix_mixup_randaugment_${magnitude}`;
      expect(recipe(name)).toEqual({ ...recipe('nfnet_f0'), dropRate, augmentation, trainSize, testSize, sam });
    },
  );

  it('fine-tuning is as published, of NFNets and of NF-ResNets', () => {
    const tuned = recipe('nfnet_f4', { phase: 'fine-tune' });
    expect(tuned).toMatchObject({
      batchSize: 2048,
      steps: 15_000,
      schedule: { maxLearningRate: 0.1, warmupSteps: 5000, totalSteps: 15_000 },
      weightDecay: 1e-5,
      dropRate: 0.25,
      stochasticDepthRate: 0.1,
      sam: { rho: 0.05, ascentShare: 1 },
      trainSize: NFNET.nfnet_f4.trainSize,
    });
    expect(recipe('nf_resnet50', { phase: 'fine-tune' })).toMatchObject({
      weightDecay: 0,
      dropRate: 0,
      stochasticDepthRate: 0,
      sam: null,
      ema: { decay: 0.9999, warmup: true },
      activation: 'relu',
      augmentation: null,
    });
  });

  it('no network that has none', () => {
    expect(() => recipe('nfnet_digits' as RecipeName)).toThrow(
      'recipe: `name` must be an NFNet or NF-ResNet of the authors, got "nfnet_digits".',
    );
    expect(() => recipe('nf_resnet50')).toThrow('recipe: `phase` must be \'fine-tune\' for "nf_resnet50"');
    expect(() => recipe('nfnet_f0', { phase: 'tune' as 'train' })).toThrow(
      "recipe: `phase` must be 'train' or 'fine-tune', got \"tune\".",
    );
  });
});

it('has steps and rates that follow from the rest', () => {
  for (const name of Object.keys(NFNET).filter((each) => each !== 'nfnet_digits') as RecipeName[]) {
    const { data, batchSize, epochs, steps, learningRate, schedule } = recipe(name);
    expect(Math.floor((epochs * data.images) / batchSize)).toBe(steps);
    expect(schedule.totalSteps).toBe(steps);
    expect((learningRate.base * batchSize) / learningRate.per).toBe(schedule.maxLearningRate);
  }
});
