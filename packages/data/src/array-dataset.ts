import * as tf from '@tensorflow/tfjs-core';
import { assertInteger, show } from './check-option.js';
import type { Batch, BatchRequest, Dataset } from './dataset.js';
import { seededRandom, shuffled } from './seeded-random.js';

/** What stored values `x` become: `(x - mean) / std`, one number for all channels or one for each. */
export interface Normalization {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

export interface ArrayDatasetArgs {
  /** The images one after the other, each in the order of `imageShape`. Not copied: do not change it afterwards. */
  readonly images: Float32Array | Uint8Array;
  /** The class number of each image, from 0. */
  readonly labels: ArrayLike<number>;
  /** Shape of one image, channels last: `[height, width, channels]`. */
  readonly imageShape: readonly number[];
  readonly numClasses: number;
  /** In the units of the stored values. May be left out for a Float32Array, which is then used as it is. */
  readonly normalization?: Normalization;
}

/** A dataset in memory, which can be cut into parts. */
export interface ArrayDataset extends Dataset {
  /** The stored values of one image, before normalization; a view, not a copy. */
  image(index: number): Float32Array | Uint8Array;
  /** The class number of one image. */
  label(index: number): number;
  /** The samples at `indices`, in that order; shares the memory of this dataset. */
  subset(indices: readonly number[]): ArrayDataset;
}

/**
 * Makes a dataset of images held in one array, and checks them: whole images, one label in range for each, no NaN.
 *
 * @throws RangeError for lengths that do not fit, labels out of range and values that are not finite
 * @throws TypeError for bytes without a `normalization`: what range the model gets must be said
 */
export function arrayDataset(args: ArrayDatasetArgs): ArrayDataset {
  const { images, labels, imageShape, numClasses } = args;
  const imageSize = checkShape(imageShape);
  assertInteger('arrayDataset', 'numClasses', numClasses, 2);
  checkImages(images, labels.length, imageSize);
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isInteger(labels[i]) || labels[i]! < 0 || labels[i]! >= numClasses) {
      throw new RangeError(
        `arrayDataset: \`labels\` must be integers in [0, ${numClasses}), got ${show(labels[i])} at ${i}.`,
      );
    }
  }
  const samples = { images, labels: Int32Array.from(labels), imageShape, imageSize, numClasses, ...affine(args) };
  return new SampleView(
    samples,
    Array.from(labels, (_, i) => i),
  );
}

interface Samples {
  readonly images: Float32Array | Uint8Array;
  readonly labels: Int32Array;
  readonly imageShape: readonly number[];
  readonly imageSize: number;
  readonly numClasses: number;
  /** Per channel: a value `x` becomes `x * scale + offset`. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
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

  get imageShape(): readonly number[] {
    return this.samples.imageShape;
  }

  get numClasses(): number {
    return this.samples.numClasses;
  }

  image(index: number): Float32Array | Uint8Array {
    const { images, imageSize } = this.samples;
    const start = this.indexOf(index) * imageSize;
    return images.subarray(start, start + imageSize);
  }

  label(index: number): number {
    return this.samples.labels[this.indexOf(index)]!;
  }

  subset(indices: readonly number[]): ArrayDataset {
    return new SampleView(
      this.samples,
      indices.map((index) => this.indexOf(index)),
    );
  }

  async *batches({ batchSize, shuffleSeed, partialBatch, firstBatch = 0 }: BatchRequest): AsyncGenerator<Batch> {
    assertInteger('batches', 'batchSize', batchSize, 1);
    assertInteger('batches', 'firstBatch', firstBatch, 0);
    const order = shuffleSeed === undefined ? this.indices : shuffled(this.indices, seededRandom(shuffleSeed));
    const end = partialBatch === 'drop' ? order.length - (order.length % batchSize) : order.length;
    for (let start = firstBatch * batchSize; start < end; start += batchSize)
      yield cutBatch(this.samples, order.slice(start, start + batchSize));
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

function affine({ images, imageShape, normalization }: ArrayDatasetArgs): Pick<Samples, 'scale' | 'offset'> {
  if (normalization === undefined) {
    if (images instanceof Float32Array) return { scale: [1], offset: [0] };
    throw new TypeError(
      'arrayDataset: `normalization` must be given for a Uint8Array, got undefined. Bytes are 0..255: { mean: 0, std: 255 } makes them 0..1.',
    );
  }
  const channels = imageShape[imageShape.length - 1]!;
  const mean = perChannel('normalization.mean', normalization.mean, channels);
  const std = perChannel('normalization.std', normalization.std, channels);
  if (!std.every((value) => value > 0)) {
    throw new RangeError(`arrayDataset: \`normalization.std\` must be > 0, got ${show(std)}.`);
  }
  return { scale: std.map((value) => 1 / value), offset: std.map((value, channel) => -mean[channel]! / value) };
}

function perChannel(option: string, value: number | readonly number[], channels: number): number[] {
  const values = typeof value === 'number' ? Array<number>(channels).fill(value) : [...value];
  if (values.length === channels && values.every(Number.isFinite)) return values;
  throw new RangeError(
    `arrayDataset: \`${option}\` must be a finite number, or one for each of ${channels} channels, got ${show(value)}.`,
  );
}
