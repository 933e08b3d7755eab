/**
 * What needs Node.
 *
 * @module node
 */

export { imageFolder } from './image-files/image-folder.js';
export type { ColourProfile } from './image-files/open-image.js';
export { type Cifar10Options, type Cifar100Options, cifar10, cifar100 } from './known-datasets/cifar.js';
export { type FashionMnistOptions, fashionMnist } from './known-datasets/fashion-mnist.js';
export { type MnistDigitsOptions, mnistDigits } from './known-datasets/mnist-digits.js';
export { type IdxArray, type IdxData, type IdxDatasetOptions, idxDataset, readIdx } from './known-datasets/read-idx.js';
export { type ImageLoader, imageLoader, type SkippedImage } from './loader/image-loader.js';
export type { ImageLoaderOptions } from './loader/loader-settings.js';
export type { AugmentModule, Crop, MixSettings } from './loader/sample-task.js';
export { type ParquetImagesOptions, parquetImages } from './parquet/parquet-images.js';
export { type TarShardsOptions, tarShards } from './tar/tar-shards.js';
