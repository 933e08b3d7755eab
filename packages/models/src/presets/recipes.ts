const IMAGENET = { name: 'imagenet', images: 1_281_167, numClasses: 1000 } as const;

/** What training NFNets on ImageNet has in common. Source: the authors' `experiment_nfnets.py`. */
export const IMAGENET_TRAINING = {
  data: IMAGENET,
  batchSize: 4096,
  epochs: 360,
  steps: 112_602, // floor(360 * 1281167 / 4096)
  learningRate: { base: 0.1, per: 256, rule: 'linear' },
  schedule: {
    maxLearningRate: 1.6,
    minLearningRate: 0,
    warmupSteps: (5 * 1_281_167) / 4096, // 5 epochs, kept fractional
    totalSteps: 112_602,
  },
  optimizer: { momentum: 0.9, nesterov: true },
  clip: { clipFactor: 0.01, eps: 1e-3, exclude: ['linear/kernel'] },
  weightDecay: 2e-5,
  labelSmoothing: 0.1,
  ema: { decay: 0.99999, warmup: true },
  evaluation: { preprocessing: 'resize_crop_32', batchSize: 50 },
} as const;

/** What fine-tuning has in common. Source: Brock et al. 2021, section 6 and appendix; open there: all from `clip` on. */
const TUNING = {
  data: IMAGENET,
  batchSize: 2048,
  epochs: (15_000 * 2048) / 1_281_167,
  steps: 15_000,
  learningRate: { base: 0.1, per: 256, rule: 'none' },
  schedule: { maxLearningRate: 0.1, minLearningRate: 0, warmupSteps: 5000, totalSteps: 15_000 },
  optimizer: { momentum: 0.9, nesterov: true },
  ema: { decay: 0.9999, warmup: true },
  clip: IMAGENET_TRAINING.clip,
  labelSmoothing: 0.1,
  evaluation: IMAGENET_TRAINING.evaluation,
} as const;

/** Of NFNets. */
export const FINE_TUNING = {
  ...TUNING,
  weightDecay: 1e-5,
  dropRate: 0.25,
  stochasticDepthRate: 0.1,
  sam: { rho: 0.05, ascentShare: 1 },
} as const;

/** Of NF-ResNets: no regularization at all. */
export const PLAIN_FINE_TUNING = { ...TUNING, weightDecay: 0, dropRate: 0, stochasticDepthRate: 0, sam: null } as const;

/** Layers and magnitude of RandAugment: 405 is 4 layers of magnitude 5. Source: the authors' `base.py`. */
export const RAND_AUGMENT = { f0: 405, f1: 410, f2: 410, f3: 415, f4: 415, f5: 415, f6: 415, f7: 415 } as const;
