import type { ActivationName, NFConventions } from '@nfnets/nf-blocks';

/** A convolution of the stem, with an activation after all but the last. */
interface StemConv {
  readonly channels: number;
  readonly stride: number;
  /** Side of the kernel. Default 3. */
  readonly kernelSize?: number;
}

/** A normalizer-free network: everything `planBlocks` needs to lay it out. */
export interface NFNetSpec extends Required<NFConventions> {
  readonly family: 'nfnet' | 'nf_resnet' | 'nf_regnet';
  readonly stem: readonly StemConv[];
  /** Whether the stem ends with the maximum of 3 x 3 pixels at stride 2. */
  readonly stemPool: boolean;
  /** Output channels of each stage. */
  readonly widths: readonly number[];
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Stride of each stage's first block. */
  readonly strides: readonly (1 | 2)[];
  /** Channels per group of the 3 x 3 convolutions; null for one group of all. */
  readonly groupWidth: number | null;
  /** Bottleneck channels as a share of a block's channels, rounded down to whole groups. */
  readonly expansion: number;
  /** Of which channels: a block's output's, or its input's, where the first block of all does not expand. */
  readonly expansionOf: 'output' | 'input';
  /**
   * What bottlenecks and the hidden channels of squeeze-excite are rounded to: multiples of 8, to the nearest one, as in
   * timm; null for whole numbers, down.
   */
  readonly channelMultiple: 8 | null;
  /** 3 x 3 convolutions of a block. */
  readonly spatialConvs: 1 | 2;
  readonly attention: 'squeezeExcite' | 'efficientChannel' | 'none';
  /** Behind a block's last convolution, or behind its 3 x 3 ones. */
  readonly attentionAt: 'end' | 'middle';
  /** Hidden channels of squeeze-excite as a share of its input's. */
  readonly squeezeExciteRatio: number;
  /** What a shortcut that halves the image convolves: its average, or every second pixel. */
  readonly shortcutPooling: 'average' | 'none';
  /** Whether each branch has a trainable gain from zero; else the gain of its last convolution starts at zero. */
  readonly skipGain: boolean;
  /** Channels of the last convolution; null for none. */
  readonly finalChannels: number | null;
  /** Standard deviation of the classifier's initial kernel. */
  readonly classifierDeviation: number;
  readonly activation: ActivationName;
  /** Factor of every residual branch. */
  readonly alpha: number;
  /** Dropout before the classifier, as published for training. */
  readonly dropRate: number;
  /** Stochastic depth; see `stochasticDepthForm`. */
  readonly stochasticDepthRate: number;
  /**
   * `'authors'`: block i of N drops with `rate * i / N`, and branches that stay are as they are. `'timm'`: with
   * `rate * i / (N - 1)`, and they are divided by the probability to stay.
   */
  readonly stochasticDepthForm: 'authors' | 'timm';
  /** `[height, width, channels]` of an input; null for any size. */
  readonly inputShape: readonly [number | null, number | null, number];
  /** Pixels of the training images, square. */
  readonly trainSize: number;
  /** Pixels of the images that the published accuracy was measured on. */
  readonly testSize: number;
}
