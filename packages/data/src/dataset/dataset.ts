import type * as tf from '@tensorflow/tfjs-core';
import type { BatchPart } from './part-of-batch.js';

/** Some samples as tensors. Whoever takes a batch from a dataset disposes it. */
export interface Batch {
  /** `[batch, ...imageShape]`, float32, as the model wants them. */
  readonly images: tf.Tensor;
  /** Class numbers, int32 `[batch]`; or class probabilities, float32 `[batch, numClasses]`. */
  readonly labels: tf.Tensor;
}

/** Which batches a pass over a dataset is made of. */
export interface BatchRequest {
  readonly batchSize: number;
  /** The order of the samples is a function of this seed alone; without one it is the order of the dataset. */
  readonly shuffleSeed?: number;
  /** What becomes of the samples left over when `batchSize` does not divide the dataset. */
  readonly partialBatch: 'drop' | 'keep';
  /** The pass begins with this batch, counted from 0, as if those before it had been drawn. Default 0. */
  readonly firstBatch?: number;
  /**
   * Only this part of every batch, as {@link partOfBatch} cuts it; a sample that stands in where it has none. Only where the dataset
   * {@link Dataset.hasParts}. Default all.
   */
  readonly part?: BatchPart;
}

/** Labelled images of a known number, readable in batches as often as wanted. */
export interface Dataset {
  /** Number of samples. */
  readonly length: number;
  /** Shape of one image, without the batch axis. */
  readonly imageShape: readonly number[];
  readonly numClasses: number;
  /** Whether `batches` knows `part`: of a dataset that does not, whole batches are drawn and cut. Default false. */
  readonly hasParts?: boolean;
  /** One pass over the samples, each at most once. */
  batches(request: BatchRequest): AsyncIterable<Batch>;
}
