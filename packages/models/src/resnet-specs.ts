/** A residual network with batch normalization. */
export interface ResNetSpec {
  readonly family: 'resnet';
  /** Blocks of each stage. */
  readonly depths: readonly number[];
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
} as const satisfies Record<string, ResNetSpec>;
