import { createModel } from '@nfnets/models';
import type * as tf from '@tensorflow/tfjs';
import { convnet } from './convnet.js';
import { nfResnet26 } from './nf-resnet26.js';
import { threeBlocks } from './three-blocks.js';

/** SGD with Nesterov momentum 0.9, or Adam with its usual constants. */
export type OptimizerName = 'sgd' | 'adam';

/** A net that several libraries can build from the same weights; all have 10 classes. */
export interface Net {
  /** `[height, width, channels]` of its images. */
  readonly imageShape: readonly [number, number, number];
  /** The classifier's layer, which is not clipped. */
  readonly head: string;
  readonly optimizer: OptimizerName;
  /**
   * At which losses are compared: so large that a wrong step shows within five, so small that rounding does not. Checked
   * in PyTorch with wrong momentum, clipping, units, epsilon and rate.
   */
  readonly learningRate: number;
  build(): tf.LayersModel;
}

/** Nothing random acts in them: no dropout, no stochastic depth. */
export const NETS = {
  'three-blocks': { imageShape: [28, 28, 1], head: 'linear', optimizer: 'sgd', learningRate: 0.5, build: threeBlocks },
  'nf-resnet26': {
    imageShape: [224, 224, 3],
    head: 'head.fc',
    optimizer: 'sgd',
    learningRate: 0.02,
    build: () => nfResnet26(),
  },
  'nf-resnet26-64': {
    imageShape: [64, 64, 3],
    head: 'head.fc',
    optimizer: 'sgd',
    learningRate: 0.02,
    build: () => nfResnet26(64),
  },
  'nfnet-f0': {
    imageShape: [192, 192, 3],
    head: 'linear',
    optimizer: 'sgd',
    learningRate: 0.02,
    build: () => createModel('nfnet_f0', { numClasses: 10, dropRate: 0, stochasticDepthRate: 0 }),
  },
  'nfnet-digits': {
    imageShape: [28, 28, 1],
    head: 'linear',
    optimizer: 'sgd',
    learningRate: 0.1,
    build: () => createModel('nfnet_digits', { numClasses: 10 }),
  },
  'resnet-digits': {
    imageShape: [28, 28, 1],
    head: 'linear',
    optimizer: 'sgd',
    // Beyond it batch normalization of 2 x 2 pixels makes rounding show.
    learningRate: 0.005,
    build: () => createModel('resnet_digits', { numClasses: 10 }),
  },
  convnet: { imageShape: [28, 28, 1], head: 'linear', optimizer: 'adam', learningRate: 1e-3, build: convnet },
} as const satisfies Record<string, Net>;

export type NetName = keyof typeof NETS;
