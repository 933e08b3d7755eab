import { anything, assertInteger, checkOptions, type OptionRules, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatchRequest } from './check-batch-request.js';
import { isLabel, labelHint } from './class-label.js';
import { assertClassNames, classNamesRule } from './class-names.js';
import type { Batch, BatchRequest, Dataset } from './dataset.js';
import type { ImageSource, Sample } from './image-source.js';
import { type Affine, affine, type Normalization } from './normalization.js';
import { drawnOfBatch } from './part-of-batch.js';
import { seededRandom, shuffled } from './seeded-random.js';

const anArray = rule('an array like [height, width, channels]', () => true);
const aNumber = rule('a whole number from 2', () => true);
const RULES: OptionRules<ArrayDatasetArgs> = {
  images: rule('a Float32Array or a Uint8Array', () => true),
  labels: rule('an array of class numbers', isArrayLike),
  imageShape: anArray,
  numClasses: aNumber,
  classNames: classNamesRule,
  normalization: anything,
};

/** Options of {@link arrayDataset}; readers such as `mnistDigits` give them. */
export interface ArrayDatasetArgs {
  /** The images one after the other, each in the order of `imageShape`. Not copied: do not change it afterwards. */
  readonly images: Float32Array | Uint8Array;
  /** The class number of each image, from 0. */
  readonly labels: ArrayLike<number>;
  /** Shape of one image, channels last: `[height, width, channels]`. */
  readonly imageShape: readonly number[];
  /** Classes there are; labels are below it. */
  readonly numClasses: number;
  /** Names by class number. Default the numbers. */
  readonly classNames?: readonly string[];
  /** In the units of the stored values; bytes need one. Default none: a Float32Array is used as it is. */
  readonly normalization?: Normalization;
}

/** A dataset in memory, which can be cut into parts, and is a source for `imageLoader` where its images are bytes. */
export interface ArrayDataset extends Dataset, ImageSource {
  /** The names given, or the class numbers. */
  readonly classNames: readonly string[];
  /** As given; `{ mean: 0, std: 1 }` without. */
  readonly normalization: Normalization;
  /** The stored values of one image, before normalization; a view, not a copy. */
  image(index: number): Float32Array | Uint8Array;
  /** The class number of one image. */
  label(index: number): number;
  /**
   * One image with its label, before normalization.
   *
   * @throws TypeError if the images are not bytes of shape `[height, width, 1 or 3]`
   */
  read(index: number): Sample;
  /**
   * The samples at `indices`, in that order; shares the memory of this dataset.
   *
   * @throws RangeError for no indices, and those that it does not have
   */
  subset(indices: readonly number[]): ArrayDataset;
}

/**
 * Makes a dataset of images held in one array, and checks them: whole images, one label in range for each, no NaN.
 *
 * @throws RangeError for lengths that do not fit, labels out of range and values that are not finite; TypeError for bytes without a
 * `normalization`: what range the model gets must be said.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 *
 * const data = arrayDataset({
 *   images: new Uint8Array(100 * 28 * 28),
 *   labels: Array.from({ length: 100 }, (_, i) => i % 10),
 *   imageShape: [28, 28, 1],
 *   numClasses: 10,
 *   normalization: { mean: 127.5, std: 127.5 }, // to -1..1
 * });
 * ```
 */
export function arrayDataset(args: ArrayDatasetArgs): ArrayDataset {
  checkOptions<ArrayDatasetArgs>('arrayDataset', args, RULES, {
    required: ['images', 'labels', 'imageShape', 'numClasses'],
  });
  const { images, labels, imageShape, numClasses, classNames, normalization } = args;
  const imageSize = checkShape(imageShape);
  assertInteger('arrayDataset', 'numClasses', numClasses, 2);
  assertClassNames('arrayDataset', classNames, numClasses);
  checkImages(images, labels.length, imageSize);
  for (let i = 0; i < labels.length; i++) {
    if (!isLabel(labels[i], numClasses)) {
      throw new RangeError(
        `arrayDataset: \`labels\` must be integers in [0, ${numClasses}), got ${show(labels[i])} at ${i}.${labelHint(labels[i])}`,
      );
    }
  }
  const samples = {
    images,
    labels: Int32Array.from(labels),
    imageShape,
    imageSize,
    numClasses,
    classNames,
    normalization,
    ...affineOf(args),
  };
  return new SampleView(
    samples,
    Array.from(labels, (_, i) => i),
  );
}

interface Samples extends Affine {
  readonly images: Float32Array | Uint8Array;
  readonly labels: Int32Array;
  readonly imageShape: readonly number[];
  readonly imageSize: number;
  readonly numClasses: number;
  readonly classNames: readonly string[] | undefined;
  readonly normalization: Normalization | undefined;
}

/** The samples at `indices` of `samples`. */
class SampleView implements ArrayDataset {
  constructor(
    private readonly samples: Samples,
    private readonly indices: readonly number[],
  ) {}

  get length(): number {
    return this.indices.length;
  }

  get hasParts(): true {
    return true;
  }

  get imageShape(): readonly number[] {
    return this.samples.imageShape;
  }

  get numClasses(): number {
    return this.samples.numClasses;
  }

  get classNames(): readonly string[] {
    return this.samples.classNames ?? Array.from({ length: this.numClasses }, (_, label) => String(label));
  }

  get normalization(): Normalization {
    return this.samples.normalization ?? { mean: 0, std: 1 };
  }

  get channels(): number {
    return this.imageShape[2] ?? 1;
  }

  image(index: number): Float32Array | Uint8Array {
    const { images, imageSize } = this.samples;
    const start = this.indexOf(index) * imageSize;
    return images.subarray(start, start + imageSize);
  }

  label(index: number): number {
    return this.samples.labels[this.indexOf(index)]!;
  }

  read(index: number): Sample {
    const data = this.image(index);
    const [height, width, channels, ...others] = this.imageShape;
    if (!(data instanceof Uint8Array) || !(channels === 1 || channels === 3) || others.length > 0) {
      throw new TypeError(
        `arrayDataset: \`read\` needs images of bytes [height, width, 1 or 3], got a ${data.constructor.name} of ${show(this.imageShape)}.`,
      );
    }
    const image = { data, height: height!, width: width!, channels };
    return { label: this.label(index), image, name: `image ${this.indexOf(index)}` };
  }

  subset(indices: readonly number[]): ArrayDataset {
    if (!Array.isArray(indices) || indices.length === 0) {
      throw new RangeError(`subset: \`indices\` must be an array of at least one index, got ${show(indices)}.`);
    }
    return new SampleView(
      this.samples,
      indices.map((index) => this.indexOf(index)),
    );
  }

  async *batches(request: BatchRequest): AsyncGenerator<Batch> {
    checkBatchRequest(request);
    const { batchSize, shuffleSeed, partialBatch, firstBatch = 0, part } = request;
    const order = shuffleSeed === undefined ? this.indices : shuffled(this.indices, seededRandom(shuffleSeed));
    const end = partialBatch === 'drop' ? order.length - (order.length % batchSize) : order.length;
    for (let start = firstBatch * batchSize; start < end; start += batchSize) {
      const [from, to] = drawnOfBatch(Math.min(batchSize, order.length - start), part);
      yield cutBatch(this.samples, order.slice(start + from, start + to));
    }
  }

  private indexOf(index: number): number {
    const stored = this.indices[index];
    if (stored !== undefined) return stored;
    throw new RangeError(`arrayDataset: index must be an integer in [0, ${this.length}), got ${show(index)}.`);
  }
}

function cutBatch(
  { images, labels, imageShape, imageSize, scale, offset }: Samples,
  indices: readonly number[],
): Batch {
  const values = new Float32Array(indices.length * imageSize);
  const channels = scale.length;
  let to = 0;
  for (const index of indices) {
    const end = (index + 1) * imageSize;
    for (let from = index * imageSize, channel = 0; from < end; from++, to++) {
      values[to] = images[from]! * scale[channel]! + offset[channel]!;
      if (++channel === channels) channel = 0;
    }
  }
  return {
    images: tf.tensor(values, [indices.length, ...imageShape]),
    labels: tf.tensor1d(
      Int32Array.from(indices, (index) => labels[index]!),
      'int32',
    ),
  };
}

function isArrayLike(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

function checkShape(imageShape: readonly number[]): number {
  if (!Array.isArray(imageShape) || imageShape.length === 0) {
    throw new TypeError(
      `arrayDataset: \`imageShape\` must be an array like [height, width, channels], got ${show(imageShape)}.`,
    );
  }
  for (const [axis, size] of imageShape.entries()) assertInteger('arrayDataset', `imageShape[${axis}]`, size, 1);
  return imageShape.reduce((product, size) => product * size, 1);
}

function checkImages(images: Float32Array | Uint8Array, count: number, imageSize: number): void {
  if (!(images instanceof Float32Array || images instanceof Uint8Array)) {
    throw new TypeError(`arrayDataset: \`images\` must be a Float32Array or a Uint8Array, got ${show(images)}.`);
  }
  if (count === 0) throw new RangeError('arrayDataset: `labels` must not be empty, got 0 labels.');
  if (images.length !== count * imageSize) {
    throw new RangeError(
      `arrayDataset: \`images\` must hold ${count} labels x ${imageSize} values = ${count * imageSize}, got ${images.length}.`,
    );
  }
  if (images instanceof Uint8Array) return;
  const bad = images.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `arrayDataset: \`images\` must be finite, got ${images[bad]} in image ${Math.floor(bad / imageSize)}.`,
    );
  }
}

function affineOf({ images, imageShape, normalization }: ArrayDatasetArgs): Affine {
  if (normalization !== undefined) return affine('arrayDataset', normalization, imageShape[imageShape.length - 1]!);
  if (images instanceof Float32Array) return { scale: [1], offset: [0] };
  throw new TypeError(
    'arrayDataset: `normalization` must be given for a Uint8Array, got undefined. Bytes are 0..255: { mean: 0, std: 255 } makes them 0..1.',
  );
}
