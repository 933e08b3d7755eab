import {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  addDecayedWeights,
  autoClip,
  clipByBlockRms,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  spectralClip,
  spikeClip,
  zClip,
} from '../index.js';

/** Every transform of this package, with options by which it acts on weights of {@link SHAPES}; what is tested of all of them. */
export const TRANSFORMS: Readonly<Record<string, () => GradientTransform>> = {
  adaGC: () => adaGC({ maxNorm: 50, warmupSteps: 3 }),
  adaptiveGradClip: () =>
    adaptiveGradClip({ clipFactor: 0.02, eps: 2e-3, exclude: ['fc_1/bias', 'skip_2'], axes: { 'fc_2/kernel': [1] } }),
  'adaptiveGradClip, soft, of tensors, by a cosine': () =>
    adaptiveGradClip({
      clipFactor: { from: 0.1, to: 0.01, steps: 4, shape: 'cosine' },
      unit: 'tensor',
      form: 'soft',
      axes: { 'fc_2/kernel': [1] },
    }),
  'adaptiveGradClip, gains apart, by a ratio': () =>
    adaptiveGradClip({ clipFactor: { from: 0.01, to: 0.1, steps: 6, shape: 'exponential' }, unit: 'gain-apart' }),
  addDecayedWeights: () => addDecayedWeights({ weightDecay: 0.01, exclude: ['fc_2'] }),
  clipByBlockRms: () => clipByBlockRms({ threshold: 0.4 }),
  clipByGlobalNorm: () => clipByGlobalNorm({ maxNorm: 1.5 }),
  clipByValue: () => clipByValue({ maxValue: 0.5 }),
  zClip: () => zClip({ warmupSteps: 3, maxNorm: 100 }),
  autoClip: () => autoClip({ percentile: 40, window: 4 }),
  spikeClip: () => spikeClip({ threshold: 20, beta: 0.9, warmupSteps: 2 }),
  adaClip: () => adaClip({ gamma3: 0.8 }),
  adaGN: () => adaGN(),
  // Of one shape of matrix each: a product of matrices takes 70 ms on a graphics card that is computed.
  'spectralClip, hard': () => spectralClip({ maxNorm: 1, form: 'hard', exclude: ['conv', 'big'] }),
  'spectralClip, soft': () => spectralClip({ maxNorm: 1, exclude: ['fc_1/kernel', 'fc_2', 'big'] }),
};

/** Shapes of the weights that transforms are tested on, by name. */
export const SHAPES: Readonly<Record<string, number[]>> = {
  'fc_1/kernel': [3, 2],
  'skip/gain': [],
  'fc_2/kernel': [3, 2],
  'fc_1/bias': [2],
  'conv/kernel': [2, 2, 3, 4],
  'big/kernel': [70, 80],
  'skip_2/gain': [],
};
