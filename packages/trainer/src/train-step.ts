import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from './dataset.js';
import { releaseTape } from './release-tape.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';

/** What a step changes. */
export interface TrainState {
  readonly model: LayersModel;
  readonly optimizer: tf.Optimizer;
  /** The variables to train, in an order that stays: tf's optimizers know their slots by position. */
  readonly variables: tf.Variable[];
}

/** What differs from step to step besides the batch. */
export interface StepScalars {
  /** Seed of every random mask of this step, nonzero. */
  readonly seed: number;
  readonly labelSmoothing: number;
}

/**
 * Makes one update by the gradient of the mean smoothed cross-entropy over `batch`; returns that loss, for the caller
 * to dispose.
 *
 * Depends on its arguments alone: layers that draw masks find `seed` among the arguments of their `call`.
 */
export function trainStep({ model, optimizer, variables }: TrainState, batch: Batch, scalars: StepScalars): tf.Scalar {
  const { seed, labelSmoothing } = scalars;
  const loss = () => {
    const logits = model.apply(batch.images, { training: true, seed }) as tf.Tensor;
    return softmaxCrossEntropy(logits, batch.labels, { labelSmoothing });
  };
  try {
    // The tidy frees the gradients when an optimizer throws.
    return tf.tidy(() => optimizer.minimize(loss, true, variables)!);
  } catch (error) {
    releaseTape();
    throw error;
  }
}
