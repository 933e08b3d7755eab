/**
 * Images in, classes out.
 *
 * @module index
 */

export type { Classifier } from './classifier.js';
export { type Classification, type ClassifyOptions, classify } from './classify.js';
export type { ColourProfile } from './decode-with-sharp.js';
export { type PreprocessSpec, preprocess } from './preprocess.js';
export { type ImageSource, type ReadImageOptions, readImage } from './read-image.js';
export { resizeBicubic } from './resize-bicubic.js';
