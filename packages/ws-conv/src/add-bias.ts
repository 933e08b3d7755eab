import * as tf from '@tensorflow/tfjs-core';

/**
 * Adds `bias` `[channels]` to every pixel of `x` `[batch, height, width, channels]`.
 *
 * Keeps nothing for the gradient; `tf.add` would keep both inputs, for their shapes.
 */
export function addBias(x: tf.Tensor4D, bias: tf.Tensor1D): tf.Tensor4D {
  return addBiasOp(x, bias) as tf.Tensor4D;
}

const addBiasOp = tf.customGrad((...inputs) => {
  const [x, bias] = inputs as [tf.Tensor, tf.Tensor];
  return { value: tf.add(x, bias), gradFunc: (dy: tf.Tensor) => [dy, tf.sum(dy, [0, 1, 2])] };
});
