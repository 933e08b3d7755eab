import type { ActivationName } from '@nfnets/nf-blocks';

/** A convolution of the stem: 3 x 3, padding `'same'`, with an activation after all but the last. */
interface StemConv {
  readonly channels: number;
  readonly stride: number;
}

/** A normalizer-free network: everything {@link planBlocks} needs to lay it out. */
export interface NFNetSpec {
  readonly stem: readonly StemConv[];
  /** Output channels of each stage. */
  readonly widths: readonly number[];
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Stride of each stage's first block. */
  readonly strides: readonly (1 | 2)[];
  /** Channels per group of the 3 x 3 convolutions. */
  readonly groupWidth: number;
  /** Bottleneck channels as a share of a block's output channels, rounded down to whole groups. */
  readonly expansion: number;
  /** Hidden channels of squeeze-excite as a share of a block's output channels. */
  readonly squeezeExciteRatio: number;
  /** Channels of the last convolution. */
  readonly finalChannels: number;
  readonly activation: ActivationName;
  /** Factor of every residual branch. */
  readonly alpha: number;
  /** Dropout before the classifier, as published for training. */
  readonly dropRate: number;
  /** Stochastic depth of a block beyond the last; block i of N drops with `rate * i / N`. */
  readonly stochasticDepthRate: number;
  /** `[height, width, channels]` of an input; null for any size. */
  readonly inputShape: readonly [number | null, number | null, number];
  /** Pixels of the training images, square. */
  readonly trainSize: number;
  /** Pixels of the images that the published accuracy was measured on. */
  readonly testSize: number;
}

const F = {
  stem: [
    { channels: 16, stride: 2 },
    { channels: 32, stride: 1 },
    { channels: 64, stride: 1 },
    { channels: 128, stride: 2 },
  ],
  widths: [256, 512, 1536, 1536],
  strides: [1, 2, 2, 2],
  groupWidth: 128,
  expansion: 0.5,
  squeezeExciteRatio: 0.5,
  finalChannels: 3072,
  activation: 'gelu',
  alpha: 0.2,
  stochasticDepthRate: 0.25,
  inputShape: [null, null, 3],
} as const;

// As the authors' code builds them: a first stage of 192 / 2 channels has one group of 128.
const F_PLUS = {
  ...F,
  stem: [...F.stem.slice(0, 3), { channels: 192, stride: 2 }],
  widths: [384, 768, 2048, 2048],
  finalChannels: 4096,
} as const;

const SIZES = {
  f0: { depths: [1, 2, 6, 3], trainSize: 192, testSize: 256, dropRate: 0.2 },
  f1: { depths: [2, 4, 12, 6], trainSize: 224, testSize: 320, dropRate: 0.3 },
  f2: { depths: [3, 6, 18, 9], trainSize: 256, testSize: 352, dropRate: 0.4 },
  f3: { depths: [4, 8, 24, 12], trainSize: 320, testSize: 416, dropRate: 0.4 },
  f4: { depths: [5, 10, 30, 15], trainSize: 384, testSize: 512, dropRate: 0.5 },
  f5: { depths: [6, 12, 36, 18], trainSize: 416, testSize: 544, dropRate: 0.5 },
  f6: { depths: [7, 14, 42, 21], trainSize: 448, testSize: 576, dropRate: 0.5 },
  f7: { depths: [8, 16, 48, 24], trainSize: 480, testSize: 608, dropRate: 0.5 },
} as const;

/**
 * The presets. A variant of one is a spread: `{ ...NFNET.nfnet_f0, activation: 'silu' }`.
 *
 * Source: Brock et al. 2021, table 1 and the authors' `base.py`. F7 and the plus variants are in the code only.
 */
export const NFNET = {
  nfnet_f0: { ...F, ...SIZES.f0 },
  nfnet_f1: { ...F, ...SIZES.f1 },
  nfnet_f2: { ...F, ...SIZES.f2 },
  nfnet_f3: { ...F, ...SIZES.f3 },
  nfnet_f4: { ...F, ...SIZES.f4 },
  nfnet_f5: { ...F, ...SIZES.f5 },
  nfnet_f6: { ...F, ...SIZES.f6 },
  nfnet_f7: { ...F, ...SIZES.f7 },
  'nfnet_f0+': { ...F_PLUS, ...SIZES.f0 },
  'nfnet_f1+': { ...F_PLUS, ...SIZES.f1 },
  'nfnet_f2+': { ...F_PLUS, ...SIZES.f2 },
  'nfnet_f3+': { ...F_PLUS, ...SIZES.f3 },
  'nfnet_f4+': { ...F_PLUS, ...SIZES.f4 },
  'nfnet_f5+': { ...F_PLUS, ...SIZES.f5 },
  'nfnet_f6+': { ...F_PLUS, ...SIZES.f6 },
  'nfnet_f7+': { ...F_PLUS, ...SIZES.f7 },
  /** For 28 x 28 grey images and a processor: the same block, small, with the cheapest good activation. */
  nfnet_digits: {
    ...F,
    stem: [{ channels: 16, stride: 2 }],
    widths: [32, 64, 128],
    depths: [1, 1, 1],
    strides: [2, 2, 2],
    groupWidth: 16,
    finalChannels: 256,
    activation: 'relu',
    inputShape: [28, 28, 1],
    trainSize: 28,
    testSize: 28,
    dropRate: 0,
    stochasticDepthRate: 0,
  },
} as const satisfies Record<string, NFNetSpec>;

export type NFNetName = keyof typeof NFNET;
