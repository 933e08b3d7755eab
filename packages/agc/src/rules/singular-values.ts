import * as tf from '@tensorflow/tfjs-core';
import { TINY } from './clip-ratios.js';

/*
 * Functions of singular values, of matrices [..., rows, columns] with at least as many rows as columns. All are fixed numbers of matrix
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
/** Steps that are made at once in the soft form, where its error stays about 1e-6 (measured; 5e-6 with 4, 1e-4 with 7). */
const SOFT_STEPS_AT_ONCE = 3;

/** Each singular value `s` becomes min(s, 1), exact to about 1e-7 of the norm. Call it within a tidy. */
export function clipSingularValues(x: tf.Tensor): tf.Tensor {
  const identity = identityFor(x);
  const bound = tf.maximum(frobeniusNorms(x), 1);
  // U V^T, where x = U S V^T; of singular values far below 1 anything between them and 1.
  const polar = polarFactors(tf.div(x, bound), SCALES_OF_MATRICES, 1);
  // V sign(S - 1) V^T, of the symmetric V (S - 1) V^T.
  const sign = polarFactors(tf.div(tf.sub(tf.matMul(polar, x, true), identity), bound), SCALES_OF_SIGNS, 1);
  const above = tf.mul(tf.add(sign, identity), 0.5);
  return tf.sub(x, tf.matMul(tf.sub(x, polar), above));
}

/**
 * Each singular value `s` becomes s / sqrt(1 + s^2), exact to about 1e-6, up to a norm of 10 000: x (I + x^T x)^(-1/2) is the lower part of the polar
 * factor of [I; x], as the inverse root is of the upper one. Call it within a tidy.
 */
export function softClipSingularValues(x: tf.Tensor): tf.Tensor {
  const columns = x.shape.at(-1)!;
  const bound = tf.sqrt(tf.add(tf.square(frobeniusNorms(x)), 1));
  const identity = tf.broadcastTo(identityFor(x), [...x.shape.slice(0, -2), columns, columns]);
  const polar = polarFactors(tf.div(tf.concat([identity, x], -2), bound), SCALES_OF_MATRICES, SOFT_STEPS_AT_ONCE);
  const begin = x.shape.map((_, axis) => (axis === x.rank - 2 ? columns : 0));
  return tf.slice(polar, begin, x.shape);
}

/** The largest singular value of each matrix, [...]: never above it but for rounding, and below it by less than 1 %. Call it within a tidy. */
export function largestSingularValues(x: tf.Tensor): tf.Tensor {
  const norms = frobeniusNorms(x);
  const unit = tf.div(x, tf.maximum(norms, TINY));
  const gram: tf.Tensor = tf.matMul(unit, unit, true);
  let power = gram;
  for (let i = 0; i < 8; i++) {
    const square = tf.matMul(power, power);
    power = tf.div(square, tf.maximum(frobeniusNorms(square), TINY));
  }
  // The mean of the eigenvalues of the Gram matrix, by their 512th powers.
  const sum = tf.sum(tf.square(power), [-2, -1]);
  const mean = tf.div(tf.sum(tf.mul(power, tf.matMul(power, gram)), [-2, -1]), tf.maximum(sum, TINY));
  return tf.mul(tf.reshape(norms, x.shape.slice(0, -2)), tf.sqrt(mean));
}

/** The norm of each matrix, [..., 1, 1]. */
export function frobeniusNorms(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(x), [-2, -1], true));
}

/**
 * U V^T of x = U S V^T by y <- y (3/2 a I - 1/2 a^3 y^T y), with a scale `a` for each step. It is computed for multiples of y, of which each
 * is the one before it times (b I - its Gram matrix): an op on small matrices costs as much as their product.
 *
 * The Gram matrix of a next y is also that of this one between two of those factors. So many steps as are made `atOnce` multiply large
 * matrices only twice; each but the first of them adds to the error.
 */
function polarFactors(x: tf.Tensor, scales: readonly number[], atOnce: number): tf.Tensor {
  const identity = identityFor(x);
  const { first, diagonals } = multiplesFor(scales);
  let current = tf.mul(x, first);
  for (let i = 0; i < diagonals.length; i += atOnce) {
    const next = tf.tidy(() => {
      let gram: tf.Tensor = tf.matMul(current, current, true);
      let factors: tf.Tensor | undefined;
      const steps = diagonals.slice(i, i + atOnce);
      for (const [k, diagonal] of steps.entries()) {
        const factor = tf.sub(tf.mul(identity, diagonal), gram);
        factors = factors ? tf.matMul(factors, factor) : factor;
        if (k + 1 < steps.length) gram = tf.matMul(tf.matMul(factor, gram), factor);
      }
      return tf.matMul(current, factors!);
    });
    // What a large matrix was on the way would be many times its memory.
    current.dispose();
    current = next;
  }
  return current;
}

/** The first multiple, and `b` of each step, for which the last multiple is 1. */
function multiplesFor(scales: readonly number[]): { first: number; diagonals: number[] } {
  const diagonals: number[] = [];
  let multiple = 1;
  for (const scale of [...scales].reverse()) {
    // With c y for y the step is c^3 / (a^3 / 2) times the next y.
    multiple = scale * Math.cbrt(multiple / 2);
    diagonals.unshift((3 * multiple ** 2) / scale ** 2);
  }
  return { first: multiple, diagonals };
}

/** [columns, columns], behind axes of 1 for those before the matrices' own. */
function identityFor({ shape, rank }: tf.Tensor): tf.Tensor {
  const columns = shape.at(-1)!;
  return tf.reshape(tf.eye(columns), [...Array<number>(rank - 2).fill(1), columns, columns]);
}
