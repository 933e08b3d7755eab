import * as tf from '@tensorflow/tfjs-core';

/** A batch with mean 0 and variance 1 in each channel, scaled and shifted, and what it had before. */
export interface NormalizedBatch {
  readonly value: tf.Tensor4D;
  /** `[channels]`, as `variance`; without gradients, for moving averages. */
  readonly mean: tf.Tensor1D;
  /** Divided by the number of values, not by one less. */
  readonly variance: tf.Tensor1D;
}

/** All axes but that of the channels. */
const ALL_BUT_CHANNELS = [0, 1, 2];

/**
 * Computes batch normalization in training: `(x - mean) / sqrt(variance + eps) * gamma + beta`, the moments over all but the
 * channels. The same numbers as tfjs's, whose gradient goes through the moments op by op: three times as many passes over `x`.
 *
 * @param x `[batch, height, width, channels]`
 * @param gamma `[channels]`, as `beta`
 *
 * Source: Ioffe and Szegedy 2015.
 */
export function normalizeBatch(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): NormalizedBatch {
  let moments: { mean: tf.Tensor1D; variance: tf.Tensor1D } | undefined;
  const op = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, SaveForGradient];
    const { mean, variance } = tf.moments(x, ALL_BUT_CHANNELS) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
    moments = { mean: tf.keep(mean), variance: tf.keep(variance) };
    save([x, gamma, mean, variance]);
    return { value: tf.batchNorm4d(x, mean, variance, beta, gamma, eps), gradFunc: gradientsOf(eps) };
  });
  const value = op(x, gamma, beta) as tf.Tensor4D;
  // Clones belong to the caller's scope, as any result.
  const { mean, variance } = moments!;
  const result = { value, mean: tf.clone(mean), variance: tf.clone(variance) };
  tf.dispose([mean, variance]);
  return result;
}

/*
 * With c = x - mean, s = 1 / sqrt(variance + eps) and n values of a channel, for an output gradient dy, per channel:
 *   dBeta = sum(dy)      dGamma = s * sum(dy * c)
 *   dx    = s * gamma * (dy - dBeta / n - c * s * dGamma / n)
 */
function gradientsOf(eps: number) {
  return (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x, gamma, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const count = x.size / x.shape[3];
    const scale = tf.rsqrt(tf.add(variance, eps));
    const centred = tf.sub(x, mean);
    const betaGradient = tf.sum(dy, ALL_BUT_CHANNELS);
    const gammaGradient = tf.mul(tf.sum(tf.mul(dy, centred), ALL_BUT_CHANNELS), scale);
    const slope = tf.mul(scale, gamma);
    const pull = tf.div(tf.mul(tf.mul(slope, scale), gammaGradient), count);
    const shift = tf.div(tf.mul(slope, betaGradient), count);
    const xGradient = tf.sub(tf.mul(dy, slope), tf.add(tf.mul(centred, pull), shift));
    return [xGradient, gammaGradient, betaGradient];
  };
}

type SaveForGradient = (tensors: tf.Tensor[]) => void;
