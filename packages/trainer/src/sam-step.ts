import type { Batch } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import { assertInRange, show } from './check-option.js';
import { applyGradients, lossGradients, type TrainingStep } from './training-step.js';

export interface SamStepArgs {
  /** Radius of the neighbourhood, at least 0. Default 0.05. */
  readonly rho?: number;
  /** Share of the batch that decides where to go up, its first samples; in (0, 1]. Brock et al. 2021 use 0.2. Default 1. */
  readonly ascentShare?: number;
}

/**
 * A step of sharpness-aware minimization: the update at `w` by the gradient at `w + rho * g / ||g||`, where `g` is
 * the gradient at `w` and the norm is one over all variables.
 *
 * Both gradients are under the same masks. Returns the loss at `w`, or with an `ascentShare` below 1, where only part of
 * that is known, the loss where the second gradient is taken. Costs a second pass; with `ascentShare: 0.2` a fifth of
 * one (Brock et al. 2021, appendix A.4).
 *
 * Source: Foret et al. 2021, equation 2.
 *
 * @throws RangeError if `rho` is negative or `ascentShare` not in (0, 1]
 */
export function samStep({ rho = 0.05, ascentShare = 1 }: SamStepArgs = {}): TrainingStep {
  assertInRange('samStep', 'rho', rho, 0);
  if (!(ascentShare > 0 && ascentShare <= 1)) {
    throw new RangeError(`samStep: \`ascentShare\` must be in (0, 1], got ${show(ascentShare)}.`);
  }
  return (state, batch, scalars) =>
    tf.tidy(() => {
      const { variables } = state;
      const ascent = lossGradients(state, firstSamples(batch, ascentShare), scalars);
      const scale = tf.div(rho, globalNorm(Object.values(ascent.gradients)));
      const weights = variables.map((variable) => tf.clone(variable));
      let descent: ReturnType<typeof lossGradients>;
      try {
        for (const variable of variables) {
          const gradient = ascent.gradients[variable.name];
          if (gradient) variable.assign(tf.add(variable, tf.mul(gradient, scale)));
        }
        descent = lossGradients(state, batch, scalars);
      } finally {
        // The very weights, not weights minus what was added: rounding would leave a trace.
        for (const [i, variable] of variables.entries()) variable.assign(weights[i]!);
      }
      applyGradients(state, descent.gradients);
      return ascentShare === 1 ? ascent.loss : descent.loss;
    });
}

/** Euclidean norm of all tensors together; a little above zero where they are zero. */
function globalNorm(tensors: readonly tf.Tensor[]): tf.Tensor {
  const squares = tensors.map((tensor) => tf.sum(tf.square(tensor)));
  return tf.add(tf.sqrt(tf.addN(squares)), 1e-12);
}

function firstSamples(batch: Batch, share: number): Batch {
  if (share === 1) return batch;
  const count = Math.max(1, Math.round(batch.images.shape[0]! * share));
  const first = <T extends tf.Tensor>(tensor: T): T => tf.slice(tensor, 0, count);
  return { images: first(batch.images), labels: first(batch.labels) };
}
