export { AdaptiveGradClip, adaptiveGradClip } from './adaptive-grad-clip.js';
export { AddDecayedWeights, type AddDecayedWeightsArgs, addDecayedWeights } from './add-decayed-weights.js';
export { agc } from './agc.js';
export { ClipByGlobalNorm, type ClipByGlobalNormArgs, clipByGlobalNorm } from './clip-by-global-norm.js';
export type { AdaptiveGradClipArgs } from './clip-options.js';
export { clipStats, type LayerClipStats } from './clip-stats.js';
export { GradientTransform, type ParamGradient } from './gradient-transform.js';
export { TransformedOptimizer, withTransforms } from './transformed-optimizer.js';
export { unitwiseNorm } from './unitwise-norm.js';
