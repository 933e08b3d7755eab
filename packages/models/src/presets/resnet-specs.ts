/** A residual network with batch normalization. */
export interface ResNetSpec {
  readonly family: 'resnet';
  /** The first convolution, at stride 2, and whether the maximum of 3 x 3 pixels at stride 2 follows. */
  readonly stem: { readonly channels: number; readonly kernelSize: number; readonly pool: boolean };
  /** Output channels of each stage; bottlenecks have a quarter. */
  readonly widths: readonly number[];
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Stride of each stage's first block. */
  readonly strides: readonly (1 | 2)[];
  /** Dropout before the classifier. */
  readonly dropRate: number;
  /** Stochastic depth: block i of N drops with `rate * i / (N - 1)`, and branches that stay are rescaled. */
  readonly stochasticDepthRate: number;
  /** `[height, width, channels]` of an input; null for any size. */
  readonly inputShape: readonly [number | null, number | null, number];
  /** Pixels of the training images, square. */
  readonly trainSize: number;
  /** Pixels of the images that the published accuracy was measured on. */
  readonly testSize: number;
}

const BASE = {
  family: 'resnet',
  stem: { channels: 64, kernelSize: 7, pool: true },
  widths: [256, 512, 1024, 2048],
  strides: [1, 2, 2, 2],
  dropRate: 0,
  stochasticDepthRate: 0,
  inputShape: [null, null, 3],
  trainSize: 224,
  testSize: 224,
} as const;

/** Bottleneck ResNets with their stride on the 3 x 3 convolution. Source: He et al. 2016; torchvision's `resnet.py`. */
export const RESNET = {
  resnet50: { ...BASE, depths: [3, 4, 6, 3] },
  resnet101: { ...BASE, depths: [3, 4, 23, 3] },
  resnet152: { ...BASE, depths: [3, 8, 36, 3] },
  resnet200: { ...BASE, depths: [3, 24, 36, 3] },
  /** For 28 x 28 grey images and a processor: `nf_resnet_digits` with batch normalization. */
  resnet_digits: {
    ...BASE,
    stem: { channels: 16, kernelSize: 3, pool: false },
    widths: [64, 128, 256],
    depths: [1, 1, 1],
    strides: [2, 2, 2],
    inputShape: [28, 28, 1],
    trainSize: 28,
    testSize: 28,
  },
} as const satisfies Record<string, ResNetSpec>;
