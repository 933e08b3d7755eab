import * as tf from '@tensorflow/tfjs-core';
import type { Quintic } from './newton-schulz-coefficients.js';

/** Least norm that a matrix is divided by: one of zeros stays one. */
const LEAST_NORM = 1e-7;

/**
 * Brings the singular values of matrices near to 1 by Newton-Schulz steps, without finding them.
 *
 * @param matrices `[..., rows, columns]`
 * @param steps the quintic of every step
 * @return of the same shape; what is zero stays zero
 */
export function orthogonalize(matrices: tf.Tensor, steps: readonly Quintic[]): tf.Tensor {
  const [rows, columns] = matrices.shape.slice(-2) as [number, number];
  // The smaller of X^T X and X X^T: X times a polynomial of one is a polynomial of the other times X.
  const isTall = rows > columns;
  const norm = tf.sqrt(tf.sum(tf.square(matrices), [-2, -1], true));
  let x: tf.Tensor = tf.div(matrices, tf.maximum(norm, LEAST_NORM));
  for (const [a, b, c] of steps) {
    const gram = tf.matMul(x, x, isTall, !isTall);
    const polynomial = tf.add(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c));
    x = tf.add(tf.mul(x, a), isTall ? tf.matMul(x, polynomial) : tf.matMul(polynomial, x));
  }
  return x;
}
