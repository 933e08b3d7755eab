import { type ArrayDataset, type ArrayDatasetArgs, arrayDataset, split } from '@nfnets/data';
import { cifar10, fashionMnist, mnistDigits } from '@nfnets/data/node';
import type { DatasetName } from './datasets.js';
import type { TrialConfig } from './sweep-schema.js';

/** The images a trial trains on, and those it is measured on. */
type Parts = [train: ArrayDataset, test: ArrayDataset];

const LOADERS: Readonly<Record<DatasetName, (dataset: TrialConfig['dataset']) => Parts>> = {
  mnist: ({ train, test, splitSeed }) =>
    split(arrayDataset(mnistDigits({ from: import.meta.url })), { counts: [train, test], seed: splitSeed }),
  fashion_mnist: (dataset) =>
    publishedParts(dataset, (part) => fashionMnist({ part, ...(dataset.path ? { folder: dataset.path } : {}) })),
  cifar10: (dataset) => publishedParts(dataset, (part) => cifar10({ part, folder: dataset.path! })),
};

/** Reads the images of a trial. Throws an error that says how to get them where they are missing. */
export function loadDataset(dataset: TrialConfig['dataset']): Parts {
  return LOADERS[dataset.name](dataset);
}

/** All of the published parts, or as many of their images as the trial takes. */
function publishedParts(
  { train, test, splitSeed }: TrialConfig['dataset'],
  read: (part: 'train' | 'test') => ArrayDatasetArgs,
): Parts {
  const take = (part: ArrayDataset, count: number) =>
    count === part.length ? part : split(part, { counts: [count], seed: splitSeed })[0];
  return [take(arrayDataset(read('train')), train), take(arrayDataset(read('test')), test)];
}
