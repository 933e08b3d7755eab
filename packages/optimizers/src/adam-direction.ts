import * as tf from '@tensorflow/tfjs-core';
import type { State } from './slot-optimizer.js';

/** Shares that the means keep, and what is added to the root of the mean square. */
export interface MomentSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
}

/** The slots of a variable. */
export type Moments = State<'mean' | 'meanSquare'>['slots'];

/** What is kept once for all variables: how much of a mean the gradients make up, as it starts at 0. */
export const MOMENT_SHARES = ['meanShare', 'meanSquareShare'] as const;
export type MomentShares = Readonly<Record<(typeof MOMENT_SHARES)[number], tf.Variable>>;

/** Scalars that the updates of a step share. */
export interface MomentStep {
  readonly rate: tf.Scalar;
  readonly beta1: tf.Scalar;
  readonly beta2: tf.Scalar;
  readonly rest1: tf.Scalar;
  readonly rest2: tf.Scalar;
  /** What bias correction makes of `mean / sqrt(meanSquare)`, and of `eps` beside the uncorrected root. */
  readonly correction: tf.Scalar;
  readonly eps: tf.Scalar;
}

/**
 * Moves the shares on by a step: the mean of t ones under the same rule, `1 - beta ** t`, as the means themselves are kept. Nothing to
 * count in JavaScript, and no digits lost to `1 - 0.999`.
 */
export function advanceShares({ meanShare, meanSquareShare }: MomentShares, { beta1, beta2 }: MomentSettings): void {
  meanShare.assign(tf.add(tf.mul(meanShare, beta1), 1 - beta1));
  meanSquareShare.assign(tf.add(tf.mul(meanSquareShare, beta2), 1 - beta2));
}

/** The scalars of a step at `rate`. */
export function momentStep(
  rate: tf.Scalar,
  { beta1, beta2, eps }: MomentSettings,
  { meanShare, meanSquareShare }: MomentShares,
): MomentStep {
  const root = tf.sqrt(meanSquareShare);
  return {
    rate,
    beta1: tf.scalar(beta1),
    beta2: tf.scalar(beta2),
    rest1: tf.scalar(1 - beta1),
    rest2: tf.scalar(1 - beta2),
    correction: tf.div(root, meanShare),
    eps: tf.mul(root, eps),
  };
}

/** The next means, and `mean / (sqrt(meanSquare) + eps)` of them, to be multiplied by `step.correction` (Kingma & Ba 2015). */
export function adamDirection(
  gradient: tf.Tensor,
  before: Moments,
  step: MomentStep,
): { direction: tf.Tensor; slots: Moments } {
  const mean = tf.add(tf.mul(before.mean, step.beta1), tf.mul(gradient, step.rest1));
  const meanSquare = tf.add(tf.mul(before.meanSquare, step.beta2), tf.mul(tf.square(gradient), step.rest2));
  return { direction: tf.div(mean, tf.add(tf.sqrt(meanSquare), step.eps)), slots: { mean, meanSquare } };
}
