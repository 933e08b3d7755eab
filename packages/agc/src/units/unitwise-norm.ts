import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { unitAxes } from './unit-axes.js';

/**
 * Computes the L2 norm of each output unit of `x`, shaped to broadcast against `x` (reduced axes have size 1).
 *
 * Without `axes`: one norm for whatever squeezes to a scalar or vector, one per column for [in, out], one per output
 * channel for [height, width, in, out] (Brock et al. 2021, section 4.1; DeepMind's `unitwise_norm`).
 *
 * @param x A weight or its gradient, of any rank.
 * @param axes Axes that make up one output unit. Default those that the rank tells.
 * @throws TypeError if `x` is no tensor; RangeError for other ranks without `axes`, or `axes` that `x` does not have.
 * @example
 * ```ts
 * import { unitwiseNorm } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * unitwiseNorm(tf.tensor2d([[3, 0], [4, 1]])).print(); // [[5, 1]]: one norm a column
 * unitwiseNorm(tf.ones([2, 4, 4, 3, 8]), [0, 1, 2, 3]); // of shape [1, 1, 1, 1, 8]
 * ```
 */
export function unitwiseNorm(x: tf.Tensor, axes?: readonly number[]): tf.Tensor {
  if (!(x instanceof tf.Tensor)) throw new TypeError(`unitwiseNorm: \`x\` must be a tf.Tensor, got ${show(x)}.`);
  if (axes !== undefined && !Array.isArray(axes)) {
    throw new TypeError(`unitwiseNorm: \`axes\` must be an array of integers such as [0, 1], got ${show(axes)}.`);
  }
  const reduced = axes ?? unitAxes(x.shape);
  if (reduced === undefined) {
    throw new RangeError(
      `unitwiseNorm: \`axes\` must be given for a tensor of rank ${x.rank}, got shape [${x.shape}]. ` +
        'List the axes that make up one output unit, e.g. [0, 1] for a conv1d kernel [width, in, out].',
    );
  }
  const invalid = reduced.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= x.rank);
  if (invalid || new Set(reduced).size !== reduced.length) {
    throw new RangeError(
      `unitwiseNorm: \`axes\` must be different integers from 0 to ${x.rank - 1} for shape [${x.shape}], ` +
        `got [${reduced}].`,
    );
  }
  return tf.tidy(() => (reduced.length === 0 ? tf.abs(x) : tf.sqrt(tf.sum(tf.square(x), [...reduced], true))));
}
