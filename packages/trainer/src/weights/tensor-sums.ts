import * as tf from '@tensorflow/tfjs-core';

/** Largest tensor, in elements, that is copied in order to share a kernel call with others of its shape. */
export const SMALL = 4096;

/** The sums of tensors, in an order that suits the kernels. */
export interface TensorSums {
  /** For the caller to dispose. */
  readonly values: tf.Tensor1D;
  /** Which tensor each of `values` belongs to. */
  readonly order: readonly number[];
}

/**
 * Computes the sum of each tensor: not finite where an element is not, and now and then for elements that are, near the end of the
 * range. One pass over large tensors; small ones of one shape share a kernel.
 */
export function tensorSums(tensors: readonly tf.Tensor[]): TensorSums {
  const groups = new Map<string, number[]>();
  for (const [i, { size, shape }] of tensors.entries()) {
    // With the axis of the stack, rank 6 and more: not every backend's kernels go that far.
    const group = size > SMALL || shape.length > 4 ? `alone ${i}` : shape.join('x');
    groups.set(group, [...(groups.get(group) ?? []), i]);
  }
  const plan = [...groups.values()];
  const values = tf.tidy(() => {
    const sums = plan.map((indices) => {
      const [first] = indices;
      if (indices.length === 1) return tf.reshape(tf.sum(tensors[first!]!), [1]);
      const stacked = tf.stack(indices.map((i) => tensors[i]!));
      return stacked.rank === 1 ? stacked : tf.sum(stacked, range(1, stacked.rank));
    });
    return sums.length === 0 ? tf.zeros([0]) : tf.concat1d(sums as tf.Tensor1D[]);
  });
  return { values: values as tf.Tensor1D, order: plan.flat() };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
