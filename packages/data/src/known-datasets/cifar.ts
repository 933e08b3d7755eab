import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aText, checkOptions, type OptionRules, oneOf } from '@nfnets/options';
import type { ArrayDatasetArgs } from '../dataset/array-dataset.js';

const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;
const IMAGE_BYTES = PLANE * CHANNELS;
const IMAGE_SHAPE = [SIDE, SIDE, CHANNELS];

/** Mean and deviation of red, green and blue over the 50,000 training images, as usually published. */
const CIFAR10_NORMALIZATION = { mean: [125.307, 122.95, 113.865], std: [62.993, 62.089, 66.705] } as const;
const CIFAR100_NORMALIZATION = { mean: [129.304, 124.07, 112.434], std: [68.17, 65.392, 70.418] } as const;

/** Options of {@link cifar10}. */
export interface Cifar10Options {
  /** `'train'`: 50,000 images. `'test'`: 10,000 others. */
  readonly part: 'train' | 'test';
  /** Folder with the files of the binary version, `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`. */
  readonly folder: string;
}

/** Options of {@link cifar100}. */
export interface Cifar100Options {
  /** `'train'`: 50,000 images. `'test'`: 10,000 others. */
  readonly part: 'train' | 'test';
  /** Folder with the files of the binary version, `train.bin` and `test.bin`. */
  readonly folder: string;
  /** `'fine'`: 100 classes. `'coarse'`: 20 groups of them. Default `'fine'`. */
  readonly labels?: 'fine' | 'coarse';
}

const aPart = oneOf(['train', 'test']);
const CIFAR10_RULES: OptionRules<Cifar10Options> = { part: aPart, folder: aText };
const CIFAR100_RULES: OptionRules<Cifar100Options> = { ...CIFAR10_RULES, labels: oneOf(['fine', 'coarse']) };

/**
 * Reads CIFAR-10 (Krizhevsky 2009), the binary version, for `arrayDataset`: 32x32 images in colour, 10 classes.
 *
 * @throws Error if a file is not there, RangeError if it does not hold whole records or a label is out of range; TypeError or
 * RangeError for an option that cannot be used.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { cifar10 } from '@nfnets/data/node';
 *
 * const data = arrayDataset(cifar10({ part: 'train', folder: 'cifar-10-batches-bin' }));
 * ```
 */
export function cifar10(options: Cifar10Options): ArrayDatasetArgs {
  checkOptions<Cifar10Options>('cifar10', options, CIFAR10_RULES, { required: ['part', 'folder'] });
  const { part, folder } = options;
  const names = part === 'train' ? [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`) : ['test_batch.bin'];
  const paths = names.map((name) => join(folder, name));
  const { images, labels } = readRecords('cifar10', paths, { labelBytes: 1, labelAt: 0, numClasses: 10 });
  const classNames = readNames(join(folder, 'batches.meta.txt'));
  return {
    images,
    labels,
    imageShape: IMAGE_SHAPE,
    numClasses: 10,
    ...classNames,
    normalization: CIFAR10_NORMALIZATION,
  };
}

/**
 * Reads CIFAR-100 (Krizhevsky 2009), the binary version, for `arrayDataset`: 32x32 images in colour, 100 or 20 classes.
 *
 * @throws Error if a file is not there, RangeError if it does not hold whole records or a label is out of range; TypeError or
 * RangeError for an option that cannot be used.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { cifar100 } from '@nfnets/data/node';
 *
 * const data = arrayDataset(cifar100({ part: 'test', folder: 'cifar-100-binary', labels: 'coarse' }));
 * ```
 */
export function cifar100(options: Cifar100Options): ArrayDatasetArgs {
  checkOptions<Cifar100Options>('cifar100', options, CIFAR100_RULES, { required: ['part', 'folder'] });
  const { part, folder, labels: which = 'fine' } = options;
  const numClasses = which === 'fine' ? 100 : 20;
  const layout = { labelBytes: 2, labelAt: which === 'fine' ? 1 : 0, numClasses };
  const { images, labels } = readRecords('cifar100', [join(folder, `${part}.bin`)], layout);
  const classNames = readNames(join(folder, `${which}_label_names.txt`));
  return { images, labels, imageShape: IMAGE_SHAPE, numClasses, ...classNames, normalization: CIFAR100_NORMALIZATION };
}

interface RecordLayout {
  /** Label bytes in front of the pixels. */
  readonly labelBytes: number;
  /** Which of them is wanted. */
  readonly labelAt: number;
  readonly numClasses: number;
}

function readRecords(who: string, paths: readonly string[], { labelBytes, labelAt, numClasses }: RecordLayout) {
  const recordBytes = labelBytes + IMAGE_BYTES;
  const files = paths.map((path) => {
    const bytes = readWhole(who, path);
    if (bytes.length > 0 && bytes.length % recordBytes === 0) return { path, bytes };
    throw new RangeError(
      `${who}: ${path} must hold records of ${recordBytes} bytes, got ${bytes.length} bytes. Is it the binary version, and whole?`,
    );
  });
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / recordBytes, 0);
  const images = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Uint8Array(count);
  let index = 0;
  for (const { path, bytes } of files) {
    for (let start = 0; start < bytes.length; start += recordBytes, index++) {
      const label = bytes[start + labelAt]!;
      if (label >= numClasses) {
        throw new RangeError(
          `${who}: ${path} must hold labels in [0, ${numClasses}), got ${label} in record ${start / recordBytes}.`,
        );
      }
      labels[index] = label;
      interleave(bytes.subarray(start + labelBytes, start + recordBytes), images, index * IMAGE_BYTES);
    }
  }
  return { images, labels };
}

function readWhole(who: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${who}: ${path}, a file of the binary version, must be there: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** Writes an image that is stored as a plane of red, one of green, one of blue, pixel by pixel. */
function interleave(planes: Uint8Array, to: Uint8Array, start: number): void {
  for (let pixel = 0, at = start; pixel < PLANE; pixel++) {
    for (let channel = 0; channel < CHANNELS; channel++) to[at++] = planes[channel * PLANE + pixel]!;
  }
}

/** The names of the classes, a line each, where the file is there. */
function readNames(path: string): Pick<ArrayDatasetArgs, 'classNames'> {
  if (!existsSync(path)) return {};
  return {
    classNames: readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  };
}
