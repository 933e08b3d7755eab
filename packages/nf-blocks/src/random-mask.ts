import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed } from './derive-seed.js';

/**
 * Makes a tensor from values that depend on a seed, where the seed itself is not at hand: a step that is recorded once
 * and replayed gives its masks to the replay as inputs. Where several processes share a batch, it asks for the values of another shape,
 * that of the whole batch, and takes the rows of its samples.
 */
export type SeededTensor = (
  shape: readonly number[],
  values: (seed: number, shape?: readonly number[]) => Float32Array,
) => tf.Tensor;

/** What a call of `model.apply(x, { training, seed })` hands to every layer. */
export interface CallArgs {
  /** Whether random masks are drawn at all. */
  readonly training?: boolean;
  /** Seed of this call: the same seed gives the same masks. Unseeded without one, as under `model.fit`. */
  readonly seed?: number | SeededTensor;
}

/**
 * Draws a tensor of ones and zeros, one with probability `keep`; the same for the same seed and `label`.
 *
 * @param label the layer's name. One that tfjs made up (`stochastic_depth_StochasticDepth2`) counts the layers of the process: the second
 *   model of a process then has other masks than the first
 */
export function randomMask(shape: number[], keep: number, label: string, { seed }: CallArgs): tf.Tensor {
  if (typeof seed === 'function') {
    return seed(shape, (value, ofShape = shape) => maskValues(ofShape, keep, deriveSeed(value, label)));
  }
  return tf.tensor(maskValues(shape, keep, seed === undefined ? undefined : deriveSeed(seed, label)), shape);
}

function maskValues(shape: readonly number[], keep: number, seed: number | undefined): Float32Array {
  // tf draws in JavaScript, on every backend: nothing is read back.
  const uniform = tf.tidy(() => tf.randomUniform([...shape], 0, 1, 'float32', seed).dataSync<'float32'>());
  return uniform.map((u) => Math.floor(Math.fround(u + Math.fround(keep))));
}
