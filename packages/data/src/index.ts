/**
 * What runs in a browser too.
 *
 * @module index
 */

export { type ArrayDataset, type ArrayDatasetArgs, arrayDataset } from './dataset/array-dataset.js';
export type { Batch, BatchRequest, Dataset } from './dataset/dataset.js';
export { deriveSeed } from './dataset/derive-seed.js';
export type { FilePart, Image, ImageSource, Sample } from './dataset/image-source.js';
export type { Normalization } from './dataset/normalization.js';
export { type BatchPart, partOfBatch } from './dataset/part-of-batch.js';
export { type RandomPartOptions, randomPart } from './dataset/random-part.js';
export { type SplitOptions, split } from './dataset/split.js';
