import { type AugmentStep, parseAugmentName } from '@nfnets/augment';
import { type ArrayDatasetArgs, arrayDataset, type Dataset, type ImageSource, randomPart, split } from '@nfnets/data';
import {
  cifar10,
  fashionMnist,
  type ImageLoader,
  type ImageLoaderOptions,
  imageLoader,
  mnistDigits,
} from '@nfnets/data/node';
import { type DatasetName, datasetFacts, type TrialConfig } from '../schema/index.js';
import { ownImages } from './own-images.js';

type DatasetConfig = TrialConfig['dataset'];

/** The images a trial trains on, and those it is measured on. */
export interface TrialData {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Images per forward pass of the evaluation; does not change its result. */
  readonly evaluationBatch: number;
  /** Ends the threads that read images. */
  dispose(): Promise<void>;
}

/** Batches made ahead of the one that is trained on: one of 4,096 images of 224 pixels takes 2.5 GB. */
const PREFETCH = 1;

const LOADERS: Readonly<Record<DatasetName, (dataset: DatasetConfig, threads: number) => Promise<TrialData>>> = {
  async mnist({ train, test, splitSeed }) {
    const images = arrayDataset(mnistDigits({ from: import.meta.url }));
    return inMemory(...split(images, { counts: [train, test], seed: splitSeed }));
  },
  async fashion_mnist(dataset) {
    const folder = dataset.path ? { folder: dataset.path } : {};
    return inMemory(...publishedParts(dataset, (part) => fashionMnist({ part, ...folder })));
  },
  async cifar10(dataset, threads) {
    const [train, test] = publishedParts(dataset, (part) => cifar10({ part, folder: dataset.path! }));
    const { augment = 'off' } = dataset;
    if (augment === 'off') return inMemory(train, test);
    const options = { imageSize: 32, ...augmentation(augment, { op: 'padAndCrop', size: 32 }) };
    const loader = imageLoader(train, { ...options, workers: threads, prefetch: PREFETCH });
    return { ...inMemory(loader, test), dispose: () => loader.dispose() };
  },
  image_folder: ownDataset,
  tar_shards: ownDataset,
  parquet: ownDataset,
};

/** Reads the images of a trial, in `threads` threads. Throws an error that says how to get them where they are missing. */
export function loadDataset(dataset: DatasetConfig, threads: number): Promise<TrialData> {
  return LOADERS[dataset.name](dataset, threads);
}

const inMemory = (train: Dataset, test: Dataset): TrialData => ({
  train,
  test,
  evaluationBatch: 250,
  dispose: async () => {},
});

/** All of the published parts, or as many of their images as the trial takes. */
function publishedParts({ train, test, splitSeed }: DatasetConfig, read: (part: 'train' | 'test') => ArrayDatasetArgs) {
  const take = (part: 'train' | 'test', count: number) => {
    const images = arrayDataset(read(part));
    return count === images.length ? images : split(images, { counts: [count], seed: splitSeed })[0]!;
  };
  return [take('train', train), take('test', test)] as const;
}

/** The user's own image files: augmented to train on, cut to size to test on, as in Brock et al. 2021. */
async function ownDataset(dataset: DatasetConfig, threads: number): Promise<TrialData> {
  const { imageSize: size, splitSeed: seed, crop, corrupt } = dataset;
  const { testSize = size!, augment = datasetFacts(dataset.name).augment! } = dataset;
  const sources = await ownImages(dataset);
  const take = (source: ImageSource, count: number) =>
    count === source.length ? source : randomPart(source, { count, seed });
  const options = { ...(crop && { crop }), ...(corrupt && { corrupt }), workers: threads, prefetch: PREFETCH };
  const train = imageLoader(take(sources.train, dataset.train), {
    ...options,
    imageSize: size!,
    ...augmentation(augment, { op: 'randomResizedCrop', size: size! }),
  });
  const test = imageLoader(take(sources.test, dataset.test), { ...options, imageSize: testSize });
  return {
    train,
    test,
    // As the authors' evaluation.
    evaluationBatch: 50,
    async dispose() {
      await Promise.all([train.dispose(), test.dispose()]);
      tellSkipped('training', train);
      tellSkipped('test', test);
    },
  };
}

/** Names in the log of the trial the images that were left out, the first ten of them. */
function tellSkipped(part: string, { skipped, length }: ImageLoader): void {
  if (skipped.length === 0) return;
  const named = skipped.slice(0, 10).map(({ name, reason }) => `  ${name}: ${reason}\n`);
  const more = skipped.length > named.length ? `  and ${skipped.length - named.length} more\n` : '';
  process.stderr.write(
    `${skipped.length} of ${length} ${part} images were left out, for they cannot be read:\n${named.join('')}${more}`,
  );
}

/** What the loader does to training images by the name of it: crop and flip, and what the name adds. */
function augmentation(name: string, crop: AugmentStep): Pick<ImageLoaderOptions, 'augment' | 'mix' | 'transforms'> {
  if (name === 'off') return {};
  const augment = [crop, { op: 'horizontalFlip' }] as const;
  return name === 'crop_flip' ? { augment } : { augment, ...parseAugmentName(name) };
}
