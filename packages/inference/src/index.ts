export { type Classification, type Classifier, type ClassifyOptions, classify } from './classify.js';
export { type PreprocessSpec, preprocess } from './preprocess.js';
export { type ImageSource, readImage } from './read-image.js';
export { resizeBicubic } from './resize-bicubic.js';
