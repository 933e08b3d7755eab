import * as tf from '@tensorflow/tfjs-core';
import { adamDirection, type MomentStep, type Moments } from './adam-direction.js';
import { AdaptiveMoments, type AdaptiveMomentsArgs } from './adaptive-moments.js';
import type { State } from './slot-optimizer.js';

/** Options of {@link stableAdamW}. */
export interface StableAdamWArgs extends AdaptiveMomentsArgs {}

interface Step extends MomentStep {
  /** What bias correction divides the mean square by. */
  readonly meanSquareShare: tf.Tensor;
  /** `eps ** 2`, for a mean square that is not corrected. */
  readonly leastSquare: tf.Scalar;
}

/**
 * AdamW whose rate for a tensor is divided by `max(1, RMS)` with `RMS = sqrt(mean(g ** 2 / max(v, eps ** 2)))`, where `v` is the
 * bias-corrected mean square, this step's gradient included: a gradient that is far larger than those before it makes no large step.
 *
 * Its decay follows the divided rate. Kernels are decayed, of rank 2 and up; not biases and gains.
 *
 * Source: Wortsman et al. 2023 (arXiv 2304.13013), algorithm 2.
 */
export class StableAdamW extends AdaptiveMoments<Step> {
  static readonly className = 'StableAdamW';

  constructor(args: StableAdamWArgs) {
    super('stableAdamW', args, { beta2: 0.99, eps: 1e-6, weightDecay: 0.01 });
  }

  // The root mean square is that of a tensor.
  protected override get isElementwise(): boolean {
    return false;
  }

  protected prepare(rate: tf.Scalar): Step {
    const { meanSquareShare } = this.shares();
    return {
      ...this.momentStep(rate),
      meanSquareShare,
      leastSquare: tf.mul(meanSquareShare, this.settings.eps ** 2),
    };
  }

  protected update(
    { weight, slots: before }: State<keyof Moments>,
    gradient: tf.Tensor,
    step: Step,
    variable: tf.Variable,
  ): State<keyof Moments> {
    const { direction, slots } = adamDirection(gradient, before, step);
    const ratios = tf.div(tf.square(gradient), tf.maximum(slots.meanSquare, step.leastSquare));
    const rms = tf.sqrt(tf.mul(tf.mean(ratios), step.meanSquareShare));
    const rate = tf.div(step.rate, tf.maximum(rms, 1));
    const move = tf.mul(this.aligned(direction, gradient), tf.mul(rate, step.correction));
    const { weightDecay } = this.decay;
    const decays = weightDecay > 0 && this.decay.appliesTo(variable);
    return { weight: tf.sub(decays ? tf.mul(weight, tf.sub(1, tf.mul(rate, weightDecay))) : weight, move), slots };
  }
}
tf.serialization.registerClass(StableAdamW);

/**
 * Makes AdamW with the update clipping of Adafactor (Wortsman et al. 2023), for runs whose loss spikes: a {@link StableAdamW}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { stableAdamW } from '@nfnets/optimizers';
 *
 * // Without clipping of gradients in front: that is what it takes the place of.
 * const optimizer = stableAdamW({ learningRate: 1e-3, weightDecay: 0.05 });
 * ```
 */
export function stableAdamW(args: StableAdamWArgs): StableAdamW {
  return new StableAdamW(args);
}
