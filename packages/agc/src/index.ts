export type { ClipMeasurement, LayerClipStats } from './contract/clip-measurement.js';
export { GradientTransform, type ParamGradient } from './contract/gradient-transform.js';
export { TransformState } from './contract/transform-state.js';
export type { ClipHistoryStep } from './diagnosis/clip-history.js';
export {
  type ClipDiagnosis,
  type DiagnoseClippingArgs,
  diagnoseClipping,
  type LayerDiagnosis,
} from './diagnosis/diagnose-clipping.js';
export type { ClipVerdict } from './diagnosis/verdicts.js';
export { clipMeter, clipStats } from './measure/clip-stats.js';
export { agc } from './optimizer/agc.js';
export { TransformedOptimizer, withTransforms } from './optimizer/transformed-optimizer.js';
export { AdaClip, type AdaClipArgs, adaClip } from './rules/ada-clip.js';
export { AdaGC, type AdaGCArgs, adaGC } from './rules/ada-gc.js';
export { AdaGN, type AdaGNArgs, adaGN } from './rules/ada-gn.js';
export { AdaptiveGradClip, adaptiveGradClip } from './rules/adaptive-grad-clip.js';
export { AddDecayedWeights, type AddDecayedWeightsArgs, addDecayedWeights } from './rules/add-decayed-weights.js';
export { AutoClip, type AutoClipArgs, autoClip } from './rules/auto-clip.js';
export { ClipByBlockRms, type ClipByBlockRmsArgs, clipByBlockRms } from './rules/clip-by-block-rms.js';
export { ClipByGlobalNorm, type ClipByGlobalNormArgs, clipByGlobalNorm } from './rules/clip-by-global-norm.js';
export { ClipByValue, type ClipByValueArgs, clipByValue } from './rules/clip-by-value.js';
export type { ClipFactorSchedule } from './rules/clip-factor.js';
export type { AdaptiveGradClipArgs } from './rules/clip-options.js';
export { SpectralClip, type SpectralClipArgs, spectralClip } from './rules/spectral-clip.js';
export { SpikeClip, type SpikeClipArgs, spikeClip } from './rules/spike-clip.js';
export { ZClip, type ZClipArgs, type ZClipMode, zClip } from './rules/z-clip.js';
export { unitwiseNorm } from './units/unitwise-norm.js';
