import * as tf from '@tensorflow/tfjs-core';
import { TINY } from './clip-ratios.js';

/*
 * Functions of singular values, of matrices [count, rows, columns] with at least as many rows as columns. All are fixed numbers of matrix
 * products, so that they can be recorded; none forms a Gram matrix of what is not bounded by 1 but on the way to a bounded one, as that
 * would square the ratio of the singular values, and with it the error.
 */

/** Ratio of a matrix's norm to the limit up to which singular values at the limit come out exactly. */
const LARGEST_RATIO = 1e4;
/** Distance from the limit, as a share of the norm, up to which it is told on which side of the limit a singular value is. */
const CLOSEST_SHARE = 1e-6;
/** Below this the first steps would make next to nothing of a singular value of 1, and rounding could turn its sign. */
const SMALLEST_SCALED = 0.05;

/**
 * Scales of the steps of a Newton-Schulz iteration that brings all singular values from [smallest, 1] to 1, each the best for what its
 * step can be given (Chen and Chow 2014, a stable scaling of Newton-Schulz).
 */
function scalesFrom(smallest: number): number[] {
  const scales: number[] = [];
  for (let low = smallest; 1 - low > 1e-7; ) {
    const bounded = Math.max(low, SMALLEST_SCALED);
    const scale = Math.sqrt(3 / (1 + bounded + bounded ** 2));
    scales.push(scale);
    low *= 0.5 * scale * (3 - (scale * low) ** 2);
  }
  return scales;
}
const SCALES_OF_MATRICES = scalesFrom(1 / LARGEST_RATIO);
const SCALES_OF_SIGNS = scalesFrom(CLOSEST_SHARE);

/** Each singular value `s` becomes min(s, 1), exact to about 1e-7 of the norm. Call it within a tidy. */
export function clipSingularValues(x: tf.Tensor3D): tf.Tensor3D {
  const identity = identityFor(x);
  const bound = tf.maximum(frobeniusNorms(x), 1);
  // U V^T, where x = U S V^T; of singular values far below 1 anything between them and 1.
  const polar = polarFactors(tf.div(x, bound), SCALES_OF_MATRICES);
  // V sign(S - 1) V^T, of the symmetric V (S - 1) V^T.
  const sign = polarFactors(tf.div(tf.sub(tf.matMul(polar, x, true), identity), bound), SCALES_OF_SIGNS);
  const above: tf.Tensor3D = tf.mul(tf.add(sign, identity), 0.5);
  return tf.sub(x, tf.matMul(tf.sub(x, polar), above));
}

/**
 * Each singular value `s` becomes s / sqrt(1 + s^2), exact to about 1e-7 of the norm: x (I + x^T x)^(-1/2) is the lower part of the polar
 * factor of [I; x], as the inverse root is of the upper one. Call it within a tidy.
 */
export function softClipSingularValues(x: tf.Tensor3D): tf.Tensor3D {
  const [count, rows, columns] = x.shape;
  const bound = tf.sqrt(tf.add(tf.square(frobeniusNorms(x)), 1));
  const identity = tf.tile(identityFor(x), [count, 1, 1]);
  const polar = polarFactors(tf.div(tf.concat([identity, x], 1), bound), SCALES_OF_MATRICES);
  return tf.slice(polar, [0, columns, 0], [count, rows, columns]);
}

/** The largest singular value of each matrix, [count]: never above it but for rounding, and below it by less than 1 %. Call it within a tidy. */
export function largestSingularValues(x: tf.Tensor3D): tf.Tensor1D {
  const norms = frobeniusNorms(x);
  const unit: tf.Tensor3D = tf.div(x, tf.maximum(norms, TINY));
  const gram: tf.Tensor3D = tf.matMul(unit, unit, true);
  let power = gram;
  for (let i = 0; i < 8; i++) {
    const square: tf.Tensor3D = tf.matMul(power, power);
    power = tf.div(square, tf.maximum(frobeniusNorms(square), TINY));
  }
  // The mean of the eigenvalues of the Gram matrix, by their 512th powers.
  const sum = tf.sum(tf.square(power), [1, 2]);
  const mean = tf.div(tf.sum(tf.mul(power, tf.matMul(power, gram)), [1, 2]), tf.maximum(sum, TINY));
  return tf.mul(tf.reshape(norms, [-1]), tf.sqrt(mean)) as tf.Tensor1D;
}

/** The norm of each matrix, [count, 1, 1]. */
export function frobeniusNorms(x: tf.Tensor3D): tf.Tensor3D {
  return tf.sqrt(tf.sum(tf.square(x), [1, 2], true));
}

/** U V^T of x = U S V^T by y <- y (3/2 a I - 1/2 a^3 y^T y), with a scale `a` for each step. */
function polarFactors(x: tf.Tensor3D, scales: readonly number[]): tf.Tensor3D {
  const identity = identityFor(x);
  let current = x;
  for (const scale of scales) {
    const next = tf.tidy(() => {
      const gram = tf.mul(tf.matMul(current, current, true), -0.5 * scale ** 3);
      return tf.matMul(current, tf.add(gram, tf.mul(identity, 1.5 * scale))) as tf.Tensor3D;
    });
    // What a large matrix was on the way would be many times its memory.
    if (current !== x) current.dispose();
    current = next;
  }
  return current;
}

/** [1, columns, columns]. */
function identityFor({ shape }: tf.Tensor3D): tf.Tensor3D {
  return tf.reshape(tf.eye(shape[2]), [1, shape[2], shape[2]]);
}
