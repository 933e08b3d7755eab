import * as tf from '@tensorflow/tfjs-core';

/** Least share of elements that a direction is divided by, timm's: what is left of it grows a thousandfold at most. */
const LEAST_SHARE = 1e-3;

/**
 * The elements of `direction` that have the sign of their gradient, divided by the share of them in the tensor; the others 0. Both of
 * one shape. An element that is NaN stays NaN.
 *
 * Source: Liang et al. 2024 (arXiv 2411.16085), algorithm 1.
 */
export function cautiousDirection(direction: tf.Tensor, gradient: tf.Tensor): tf.Tensor {
  const aligned = tf.cast(tf.greater(tf.mul(direction, gradient), 0), 'float32');
  return tf.mul(direction, tf.div(aligned, tf.maximum(tf.mean(aligned), LEAST_SHARE)));
}
