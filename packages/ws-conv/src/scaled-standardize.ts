import * as tf from '@tensorflow/tfjs-core';

/**
 * Computes a kernel whose output channels have mean zero and squared sum `gain²`:
 * `(w - mean) * gain / sqrt(max(variance * fanIn, eps))`, with the population variance over the fan-in.
 *
 * @param kernel `[height, width, inChannels / groups, outChannels]`; fan-in is the product of all but the last.
 * @param gain `[outChannels]`
 * @param eps Floor under `variance * fanIn`, not a term added to it: what the released weights were trained with.
 * @returns The shape of `kernel`.
 *
 * Source: Brock et al. 2021, eq. 2 and the authors' `WSConv2D`.
 */
export function scaledStandardize(kernel: tf.Tensor4D, gain: tf.Tensor1D, eps = 1e-4): tf.Tensor4D {
  return standardizeOp(eps)(kernel, gain) as tf.Tensor4D;
}

/*
 * With c = w - mean, ss = sum(c²) = variance * fanIn and s = 1 / sqrt(max(ss, eps)), the output is c * s * gain.
 * For an output gradient dy, per channel:
 *   dGain   = s * sum(dy * c)
 *   dKernel = s * gain * (dy - mean(dy) - c * s² * sum(dy * c))     where ss > eps, else without the last term
 * (mean(c) is 0, so the last term needs no centring). The sums over the fan-in run as products with a vector of
 * ones on the [fanIn, out] view: several backends transpose the whole tensor to reduce its leading axes.
 */
function standardizeOp(eps: number) {
  return tf.customGrad((...args) => {
    const [kernel, gain, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, SaveForGradient];
    const channels = kernel.shape[3];
    const fanIn = kernel.size / channels;
    const weights = tf.reshape<tf.Rank.R2>(kernel, [fanIn, channels]);
    const centred = tf.sub<tf.Tensor2D>(weights, columnMeans(weights));
    const squaredSum = columnSums(tf.square(centred));
    const scale = tf.rsqrt(tf.maximum(squaredSum, eps));
    const value = tf.reshape(tf.mul(centred, tf.mul(scale, gain)), kernel.shape);
    save([centred, scale, squaredSum, gain]);

    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [centred, scale, squaredSum, gain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const upstream = tf.reshape<tf.Rank.R2>(dy, [fanIn, channels]);
      const alignment = tf.mul(columnSums(tf.mul<tf.Tensor2D>(upstream, centred)), scale); // sum(dy * c) * s
      // The floor has no slope: below it the scale is a constant.
      const aboveFloor = tf.cast(tf.greater(squaredSum, eps), 'float32');
      const pull = tf.mul(tf.mul(alignment, scale), aboveFloor);
      const direction = tf.sub(tf.sub(upstream, columnMeans(upstream)), tf.mul(centred, pull));
      return [tf.reshape(tf.mul(direction, tf.mul(scale, gain)), kernel.shape), tf.reshape(alignment, gain.shape)];
    };
    return { value, gradFunc };
  });
}

type SaveForGradient = (tensors: tf.Tensor[]) => void;

/** `[rows, columns]` to `[1, columns]`. */
function columnSums(matrix: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(tf.ones([1, matrix.shape[0]]), matrix);
}

function columnMeans(matrix: tf.Tensor2D): tf.Tensor2D {
  const rows = matrix.shape[0];
  return tf.matMul(tf.fill([1, rows], 1 / rows), matrix);
}
