/** An EfficientNet, by its factors over B0. */
export interface EfficientNetSpec {
  readonly family: 'efficientnet';
  /** Factor of B0's channels; the product is rounded to multiples of 8. */
  readonly widthFactor: number;
  /** Factor of B0's depths; the product is rounded up. */
  readonly depthFactor: number;
  /** Dropout before the classifier. */
  readonly dropRate: number;
  /** Stochastic depth: block i of N drops with `rate * i / N`, and branches that stay are rescaled. */
  readonly stochasticDepthRate: number;
  /** `[height, width, channels]` of an input; null for any size. */
  readonly inputShape: readonly [number | null, number | null, number];
  /** Pixels of the training images, square. */
  readonly trainSize: number;
  /** Pixels of the images that the published accuracy was measured on. */
  readonly testSize: number;
}

const BASE = { family: 'efficientnet', stochasticDepthRate: 0.2, inputShape: [null, null, 3] } as const;

/** The authors' EfficientNets. Source: Tan & Le 2019 and the authors' `efficientnet_builder.py`. */
export const EFFICIENTNET = {
  efficientnet_b0: { ...BASE, widthFactor: 1, depthFactor: 1, trainSize: 224, testSize: 224, dropRate: 0.2 },
  efficientnet_b1: { ...BASE, widthFactor: 1, depthFactor: 1.1, trainSize: 240, testSize: 240, dropRate: 0.2 },
  efficientnet_b2: { ...BASE, widthFactor: 1.1, depthFactor: 1.2, trainSize: 260, testSize: 260, dropRate: 0.3 },
  efficientnet_b3: { ...BASE, widthFactor: 1.2, depthFactor: 1.4, trainSize: 300, testSize: 300, dropRate: 0.3 },
  efficientnet_b4: { ...BASE, widthFactor: 1.4, depthFactor: 1.8, trainSize: 380, testSize: 380, dropRate: 0.4 },
  efficientnet_b5: { ...BASE, widthFactor: 1.6, depthFactor: 2.2, trainSize: 456, testSize: 456, dropRate: 0.4 },
  efficientnet_b6: { ...BASE, widthFactor: 1.8, depthFactor: 2.6, trainSize: 528, testSize: 528, dropRate: 0.5 },
  efficientnet_b7: { ...BASE, widthFactor: 2, depthFactor: 3.1, trainSize: 600, testSize: 600, dropRate: 0.5 },
} as const satisfies Record<string, EfficientNetSpec>;

/** B0's stages: convolutions of `kernelSize` on `expansion` times the input's channels. */
export const B0_STAGES = [
  { expansion: 1, channels: 16, depth: 1, stride: 1, kernelSize: 3 },
  { expansion: 6, channels: 24, depth: 2, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 40, depth: 2, stride: 2, kernelSize: 5 },
  { expansion: 6, channels: 80, depth: 3, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 112, depth: 3, stride: 1, kernelSize: 5 },
  { expansion: 6, channels: 192, depth: 4, stride: 2, kernelSize: 5 },
  { expansion: 6, channels: 320, depth: 1, stride: 1, kernelSize: 3 },
] as const;
