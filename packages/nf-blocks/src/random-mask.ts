import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed } from './derive-seed.js';

/** What a call of `model.apply(x, { training, seed })` hands to every layer. */
export interface CallArgs {
  /** Whether random masks are drawn at all. */
  readonly training?: boolean;
  /** Seed of this call: the same seed gives the same masks. Unseeded without one, as under `model.fit`. */
  readonly seed?: number;
}

/** Draws a tensor of ones and zeros, one with probability `keep`; the same for the same seed and `label`. */
export function randomMask(shape: number[], keep: number, label: string, { seed }: CallArgs): tf.Tensor {
  return tf.tidy(() => {
    const layerSeed = seed === undefined ? undefined : deriveSeed(seed, label);
    return tf.floor(tf.add(tf.randomUniform(shape, 0, 1, 'float32', layerSeed), keep));
  });
}
