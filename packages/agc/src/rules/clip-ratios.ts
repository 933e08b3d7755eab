import * as tf from '@tensorflow/tfjs-core';

/** What a divisor that may be 0 is raised to; in single precision, and on graphics cards, which know nothing smaller. */
export const TINY = 1e-30;
/** Above every norm that is finite. */
export const LARGEST = 3.4e38;

/** The square of what is above it is not finite. */
const LARGEST_SQUARABLE = 1.8e19;

/** Which norms may be remembered: NaN, infinity and 0 may not, since 0 would forbid all that follows. */
export function isUsable<R extends tf.Rank>(norms: tf.Tensor<R>): tf.Tensor<R> {
  return tf.logicalAnd(tf.greater(norms, 0), tf.less(norms, LARGEST_SQUARABLE));
}

/** What gradients are multiplied by whose size is `ratios` times their limit: exactly 1 up to the limit, and for a NaN, which it stays. */
export function factorsOf<R extends tf.Rank>(ratios: tf.Tensor<R>): tf.Tensor<R> {
  return tf.where(tf.greater(ratios, 1), tf.div(1, tf.maximum(ratios, 1)), tf.onesLike(ratios));
}

/**
 * The same of a smooth curve: 1 / sqrt(1 + ratios^2), of which no part overflows where the ratio does not; 1 for a NaN.
 */
export function softFactorsOf<R extends tf.Rank>(ratios: tf.Tensor<R>): tf.Tensor<R> {
  const larger = tf.maximum(ratios, 1);
  const quotient = tf.div(tf.minimum(ratios, 1), larger);
  const factors: tf.Tensor<R> = tf.div(1, tf.mul(larger, tf.sqrt(tf.add(tf.square(quotient), 1))));
  return tf.where(tf.greaterEqual(ratios, 0), factors, tf.onesLike(factors));
}
