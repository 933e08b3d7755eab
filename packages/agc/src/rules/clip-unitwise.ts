import * as tf from '@tensorflow/tfjs-core';
import { unstack } from '../units/stack-by-shape.js';
import { broadcastUnits, stackUnits, type UnitGradient, unitNorms } from '../units/unit-stacks.js';
import { softFactorsOf, TINY } from './clip-ratios.js';

/** Whether units above the limit are scaled down to it, or all by a factor that falls smoothly with their size. */
export type ClipForm = 'hard' | 'soft';

export interface ClipLimits {
  /** Largest allowed ratio of a unit's gradient norm to its parameter norm. */
  readonly clipFactor: number | tf.Scalar;
  /** Floor on the parameter norm, so that zero-initialized units can still move. */
  readonly eps: number;
  readonly form: ClipForm;
}

/**
 * Scales each unit of each gradient so that its norm is at most `clipFactor * max(paramNorm, eps)`
 * (Brock et al. 2021, eq. 3), where units below the limit keep their exact bits; or smoothly, by `1 / sqrt(1 + (norm / limit)^2)`.
 */
export function clipUnitwise(gradients: readonly UnitGradient[], limits: ClipLimits): tf.Tensor[] {
  if (gradients.length === 0) return [];
  return tf.tidy(() => {
    const stacks = stackUnits(gradients);
    // All units of all variables side by side, so that this arithmetic runs once.
    const factors = clipFactors(unitNorms(stacks, 'grads'), unitNorms(stacks, 'params'), limits);
    const sizes = stacks.map(({ units }) => units);
    const factorsOf = tf.split(factors, sizes);
    const clipped = new Array<tf.Tensor>(gradients.length);
    stacks.forEach((each, i) => {
      const scaled = tf.mul(each.grads, broadcastUnits(factorsOf[i]!, each));
      const parts = unstack(scaled, each.indices.length);
      each.indices.forEach((index, j) => {
        clipped[index] = parts[j]!;
      });
    });
    return clipped;
  });
}

/** What to multiply each unit's gradient by, [units]: exactly 1 where nothing is to be clipped. */
function clipFactors(
  gradNorms: tf.Tensor1D,
  paramNorms: tf.Tensor1D,
  { clipFactor, eps, form }: ClipLimits,
): tf.Tensor1D {
  const maxNorms = tf.mul(tf.maximum(paramNorms, eps), clipFactor) as tf.Tensor1D;
  if (form === 'soft') return softFactorsOf(tf.div(gradNorms, tf.maximum(maxNorms, TINY)));
  // 1e-6 keeps the quotient finite where it is not used. Comparing with NaN is false: a NaN gradient stays NaN.
  const quotients: tf.Tensor1D = tf.div(maxNorms, tf.maximum(gradNorms, 1e-6));
  return tf.where(tf.greater(gradNorms, maxNorms), quotients, tf.onesLike(quotients)) as tf.Tensor1D;
}
