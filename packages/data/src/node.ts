export { type Cifar10Options, type Cifar100Options, cifar10, cifar100 } from './cifar.js';
export { type FashionMnistOptions, fashionMnist } from './fashion-mnist.js';
export { imageFolder } from './image-folder.js';
export { type ImageLoader, type ImageLoaderOptions, imageLoader, type SkippedImage } from './image-loader.js';
export { type MnistDigitsOptions, mnistDigits } from './mnist-digits.js';
export { type ParquetImagesOptions, parquetImages } from './parquet-images.js';
export { type IdxArray, type IdxData, type IdxDatasetOptions, idxDataset, readIdx } from './read-idx.js';
export type { AugmentModule, ColourProfile, Crop, MixSettings } from './sample-task.js';
export { type TarShardsOptions, tarShards } from './tar-shards.js';
