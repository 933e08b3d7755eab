import * as tf from '@tensorflow/tfjs-core';

/** Euclidean norm of a tensor, a scalar. */
export function normOf(tensor: tf.Tensor): tf.Scalar {
  return tf.sqrt(tf.sum(tf.square(tensor)));
}

/** `ratio` where both norms are above zero, else 1: a zero weight must be able to move. */
export function guardRatio(ratio: tf.Scalar, weightNorm: tf.Scalar, updateNorm: tf.Scalar): tf.Scalar {
  return tf.where(tf.greater(tf.mul(weightNorm, updateNorm), 0), ratio, tf.onesLike(ratio));
}
