export { type ArrayDataset, type ArrayDatasetArgs, arrayDataset } from './array-dataset.js';
export type { Batch, BatchRequest, Dataset } from './dataset.js';
export { deriveSeed } from './derive-seed.js';
export type { FilePart, Image, ImageSource, Sample } from './image-source.js';
export type { Normalization } from './normalization.js';
export { type RandomPartOptions, randomPart } from './random-part.js';
export { type SplitOptions, split } from './split.js';
