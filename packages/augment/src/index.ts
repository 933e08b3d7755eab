export type { AugmentSpec, AugmentStep, StepOptions } from './augment-spec.js';
export { type CutMixBox, type CutMixBoxArgs, cutMixBox } from './cut-mix-box.js';
export { drawBeta } from './draws.js';
export { type HorizontalFlipOptions, horizontalFlip } from './horizontal-flip.js';
export type { FloatImage, Image, Random, SampleTransform } from './image.js';
export { type MixedPair, type MixKind, type MixPairOptions, mixPair } from './mix-pair.js';
export { type PadAndCropOptions, padAndCrop } from './pad-and-crop.js';
export { sampleTransform } from './sample-transform.js';
