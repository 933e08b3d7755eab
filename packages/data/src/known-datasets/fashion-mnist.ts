import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { aText, checkOptions, type OptionRules, oneOf } from '@nfnets/options';
import type { ArrayDatasetArgs } from '../dataset/array-dataset.js';
import { idxDataset } from './read-idx.js';

/** Where Debian's package `dataset-fashion-mnist` puts its files. */
const DEBIAN_FOLDER = '/usr/share/datasets/fashion-mnist';
/** The authors' names of the classes. */
const CLASS_NAMES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;
/** Mean and deviation of all pixels of the 60,000 training images. */
const NORMALIZATION = { mean: 72.94035, std: 90.02118 } as const;

/** Options of {@link fashionMnist}. */
export interface FashionMnistOptions {
  /** `'train'`: 60,000 images. `'test'`: 10,000 others. */
  readonly part: 'train' | 'test';
  /** Folder with the four IDX files, with or without `.gz`. Default where Debian's `dataset-fashion-mnist` has them. */
  readonly folder?: string;
}

const RULES: OptionRules<FashionMnistOptions> = { part: oneOf(['train', 'test']), folder: aText };

/**
 * Reads the images of Fashion-MNIST (Xiao et al. 2017) for `arrayDataset`: 28x28 bytes, 10 classes of equal size.
 *
 * @throws Error if a file is not there, RangeError if one is broken; TypeError or RangeError for an option that cannot be used.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { fashionMnist } from '@nfnets/data/node';
 *
 * const data = arrayDataset(fashionMnist({ part: 'train', folder: 'fashion-mnist' }));
 * ```
 */
export function fashionMnist(options: FashionMnistOptions): ArrayDatasetArgs {
  checkOptions<FashionMnistOptions>('fashionMnist', options, RULES, { required: ['part'] });
  const { part, folder = DEBIAN_FOLDER } = options;
  const prefix = part === 'train' ? 'train' : 't10k';
  return idxDataset({
    images: locate(folder, `${prefix}-images-idx3-ubyte`),
    labels: locate(folder, `${prefix}-labels-idx1-ubyte`),
    numClasses: CLASS_NAMES.length,
    classNames: CLASS_NAMES,
    normalization: NORMALIZATION,
  });
}

function locate(folder: string, name: string): string {
  const path = [join(folder, `${name}.gz`), join(folder, name)].find(existsSync);
  if (path !== undefined) return path;
  throw new Error(
    `fashionMnist: ${join(folder, name)}, or the same with .gz, must be there. On Debian: apt-get install dataset-fashion-mnist; else download the four files and pass their \`folder\`.`,
  );
}
