import * as tf from '@tensorflow/tfjs-core';

/**
 * `sorted` with `added` instead of one `removed`, in ascending order as before. By comparisons with the neighbours alone: no backend
 * has to sort.
 *
 * @param sorted numbers >= 0 in ascending order, [length]
 * @param removed [1], one of them
 * @param added [1], >= 0
 */
export function replaceInSorted(sorted: tf.Tensor1D, removed: tf.Tensor1D, added: tf.Tensor1D): tf.Tensor1D {
  const length = sorted.shape[0];
  // One number more: at each place the middle one of the left neighbour, the number there and the new one.
  const left = tf.concat1d([tf.zeros([1]) as tf.Tensor1D, sorted]);
  const here = tf.concat1d([sorted, added]);
  const longer = tf.maximum<tf.Tensor1D>(left, tf.minimum(here, added));
  const kept = tf.slice1d(longer, 0, length);
  return tf.where(tf.less(kept, removed), kept, tf.slice1d(longer, 1, length)) as tf.Tensor1D;
}

/**
 * The percentile of the numbers above 0, linear between two of them: number `(count - 1) * percentile / 100` counted from 0.
 *
 * @param sorted numbers >= 0 in ascending order, [length]
 * @returns 0 where none is above 0
 */
export function percentileOf(sorted: tf.Tensor1D, percentile: number): tf.Scalar {
  const length = sorted.shape[0];
  const count = tf.sum(tf.cast(tf.greater(sorted, 0), 'float32'));
  const hundredths = tf.mul(tf.maximum(tf.sub(count, 1), 0), percentile);
  const below = tf.floor(tf.div(hundredths, 100));
  // Of the hundredths: they are whole where the percentile is, and nothing is lost.
  const share = tf.div(tf.sub(hundredths, tf.mul(below, 100)), 100);
  const places = tf.sub(tf.range(0, length), tf.add(tf.sub(length, count), below));
  const weights = tf.where(tf.equal(places, 0), tf.sub(1, share), tf.where(tf.equal(places, 1), share, 0));
  return tf.sum(tf.mul(sorted, weights));
}
