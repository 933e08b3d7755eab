export { deriveSeed } from './derive-seed.js';
export {
  channelKernelSize,
  EfficientChannelAttention,
  type EfficientChannelAttentionArgs,
  efficientChannelAttention,
} from './efficient-channel-attention.js';
export { type ActivationName, GAMMA } from './gamma.js';
export { GammaActivation, type GammaActivationArgs, gammaActivation } from './gamma-activation.js';
export { HalvingAveragePool, halvingAveragePool } from './halving-average-pool.js';
export { HalvingMaxPool, type HalvingMaxPoolArgs, halvingMaxPool } from './halving-max-pool.js';
export { conventionsOf, type NFBlockArgs, type NFConventions, nfBlock } from './nf-block.js';
export type { CallArgs, SeededTensor } from './random-mask.js';
export { scaledActivation } from './scaled-activation.js';
export { ScaledSum, type ScaledSumArgs, scaledSum } from './scaled-sum.js';
export { SeededDropout, type SeededDropoutArgs, seededDropout } from './seeded-dropout.js';
export { SkipGain, type SkipGainArgs, skipGain } from './skip-gain.js';
export { SqueezeExcite, type SqueezeExciteArgs, squeezeExcite } from './squeeze-excite.js';
export { StochasticDepth, type StochasticDepthArgs, stochasticDepth } from './stochastic-depth.js';
