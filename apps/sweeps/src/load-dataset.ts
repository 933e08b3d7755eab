import { type ArrayDataset, arrayDataset, split } from '@nfnets/data';
import { fashionMnist, mnistDigits } from '@nfnets/data/node';
import type { DatasetName } from './datasets.js';
import type { TrialConfig } from './sweep-schema.js';

/** The images a trial trains on, and those it is measured on. */
type Parts = [train: ArrayDataset, test: ArrayDataset];

const LOADERS: Readonly<Record<DatasetName, (dataset: TrialConfig['dataset']) => Parts>> = {
  mnist: ({ train, test, splitSeed }) =>
    split(arrayDataset(mnistDigits({ from: import.meta.url })), { counts: [train, test], seed: splitSeed }),
  fashion_mnist: ({ train, test, splitSeed }) => [
    firstOf(arrayDataset(fashionMnist({ part: 'train' })), train, splitSeed),
    firstOf(arrayDataset(fashionMnist({ part: 'test' })), test, splitSeed),
  ],
};

/** Reads the images of a trial. Throws an error that says how to get them where they are missing. */
export function loadDataset(dataset: TrialConfig['dataset']): Parts {
  return LOADERS[dataset.name](dataset);
}

/** All of a published part, or `count` of its images. */
function firstOf(part: ArrayDataset, count: number, seed: number): ArrayDataset {
  return count === part.length ? part : split(part, { counts: [count], seed })[0];
}
