export { type ArrayDataset, type ArrayDatasetArgs, arrayDataset, type Normalization } from './array-dataset.js';
export type { Batch, BatchRequest, Dataset } from './dataset.js';
export { deriveSeed } from './derive-seed.js';
export { type SplitOptions, split } from './split.js';
