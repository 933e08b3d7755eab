import type { Batch } from '@nfnets/data';
import { aBoolean, checkOptions, integerFrom, numberIn, rule } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { meanOverParts } from './mean-over-parts.js';
import {
  applyGradients,
  assertStepArguments,
  type LossGradients,
  lossGradients,
  type StepScalars,
  type TrainingStep,
  type TrainState,
} from './training-step.js';

/** Options of {@link samStep}. */
export interface SamStepArgs {
  /** Radius of the neighbourhood, at least 0. Default 0.05, or 0.5 where `adaptive`. */
  readonly rho?: number;
  /**
   * Share of the batch that decides where to go up: its first samples, rounded to a whole number of at least one; in (0, 1].
   * Brock et al. 2021 use 0.2. Default 1.
   */
  readonly ascentShare?: number;
  /**
   * Parts of the batch that go up each by itself, as the replicas of the reference do: as equal as whole samples can be, and
   * one for each sample of a batch that has fewer. Default 1.
   */
  readonly microBatches?: number;
  /** Whether the neighbourhood follows the size of each weight. Default false. */
  readonly adaptive?: boolean;
}

const RULES = {
  rho: numberIn(0),
  ascentShare: rule('in (0, 1]', (share) => typeof share === 'number' && share > 0 && share <= 1),
  microBatches: integerFrom(1),
  adaptive: aBoolean,
};

/**
 * Makes a step of sharpness-aware minimization: the update at `w` by the gradient at `w + rho * g / ||g||`, where `g` is
 * the gradient at `w` and the norm is one over all variables.
 *
 * Both gradients are under the same masks. Returns the loss at `w`, or with an `ascentShare` below 1, where only part of
 * that is known, the loss where the second gradient is taken. Costs a second pass; with `ascentShare: 0.2` a fifth of
 * one (Brock et al. 2021, appendix A.4).
 *
 * With `microBatches` the neighbourhood is that of each part (m-sharpness), and the second gradients are averaged by
 * the samples of the parts; it needs the memory of a part. With `adaptive` the way up is `rho * w^2 * g / ||w * g||` (ASAM): a weight that
 * is zero stays there.
 *
 * Source: Foret et al. 2021, equation 2; Kwon et al. 2021, equation 4.
 *
 * @throws RangeError or TypeError if `rho` is negative, `ascentShare` not in (0, 1] or `microBatches` not a positive integer, or an
 * option is unknown.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { fit, samStep } from '@nfnets/trainer';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * await fit(model, arrayDataset(mnistDigits()), { step: samStep({ rho: 0.05, ascentShare: 0.2 }) });
 * ```
 */
export function samStep(args: SamStepArgs = {}): TrainingStep {
  checkOptions<SamStepArgs>('samStep', args, RULES);
  const { adaptive = false, rho = adaptive ? 0.5 : 0.05, ascentShare = 1, microBatches = 1 } = args;
  const climb = (state: TrainState, part: Batch, scalars: StepScalars): LossGradients => {
    const ascent = lossGradients(state, firstSamples(part, ascentShare), scalars);
    const descent = gradientsAbove(state, ascent.gradients, { rho, adaptive }, () =>
      lossGradients(state, part, scalars),
    );
    return { loss: ascentShare === 1 ? ascent.loss : descent.loss, gradients: descent.gradients };
  };
  return (state, batch, scalars) =>
    tf.tidy(() => {
      assertStepArguments('samStep', state, batch, scalars);
      const { loss, gradients } = meanOverParts(microBatches, batch, scalars, (part, own) => climb(state, part, own));
      applyGradients(state, gradients);
      return loss;
    });
}

/** What `compute` gives with the variables moved along their gradients. */
function gradientsAbove(
  { variables }: TrainState,
  gradients: tf.NamedTensorMap,
  { rho, adaptive }: { readonly rho: number; readonly adaptive: boolean },
  compute: () => LossGradients,
): LossGradients {
  const moving = variables.filter(({ name }) => gradients[name]);
  const weights = moving.map((variable) => tf.clone(variable));
  const sized = (tensor: tf.Tensor, i: number) => (adaptive ? tf.mul(tensor, weights[i]!) : tensor);
  // ASAM's norm is of |w| * g, and sums of squares do not see the sign.
  const directions = moving.map(({ name }, i) => sized(gradients[name]!, i));
  const scale = tf.div(rho, globalNorm(directions));
  try {
    for (const [i, variable] of moving.entries()) {
      variable.assign(tf.add(variable, tf.mul(sized(directions[i]!, i), scale)));
    }
    return compute();
  } finally {
    // The very weights, not weights minus what was added: rounding would leave a trace.
    for (const [i, variable] of moving.entries()) variable.assign(weights[i]!);
  }
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
