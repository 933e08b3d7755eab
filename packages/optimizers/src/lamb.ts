import * as tf from '@tensorflow/tfjs-core';
import { adamDirection, type MomentStep, type Moments } from './adam-direction.js';
import { AdaptiveMoments, type AdaptiveMomentsArgs } from './adaptive-moments.js';
import type { State } from './slot-optimizer.js';
import { guardRatio, normOf } from './trust-ratio.js';

/** Options of {@link lamb}. */
export interface LambArgs extends AdaptiveMomentsArgs {}

/**
 * LAMB: `p -= rate * ||p|| / ||u|| * u` with `u = m / (sqrt(v) + eps) + weightDecay * p`, the norms of a whole tensor.
 *
 * Biases, gains and what is excluded are neither decayed nor scaled: Adam. The same as timm's `Lamb` with `max_grad_norm: None`; for
 * that clipping use `clipByGlobalNorm` of @nfnets/agc.
 *
 * Source: You et al. 2020, algorithm 2.
 */
export class Lamb extends AdaptiveMoments<MomentStep> {
  static readonly className = 'Lamb';

  constructor(args: LambArgs) {
    super('lamb', args, { eps: 1e-6, weightDecay: 0.01 });
  }

  protected prepare(rate: tf.Scalar): MomentStep {
    return this.momentStep(rate);
  }

  protected update(
    state: State<keyof Moments>,
    gradient: tf.Tensor,
    step: MomentStep,
    variable: tf.Variable,
  ): State<keyof Moments> {
    const { weight } = state;
    const { direction, slots } = adamDirection(gradient, state.slots, step);
    const adam = tf.mul(this.aligned(direction, gradient), step.correction);
    if (!this.decay.appliesTo(variable)) return { weight: tf.sub(weight, tf.mul(adam, step.rate)), slots };
    const { weightDecay } = this.decay;
    const update = weightDecay > 0 ? tf.add(adam, tf.mul(weight, weightDecay)) : adam;
    const [weightNorm, updateNorm] = [normOf(weight), normOf(update)];
    const ratio = guardRatio(tf.div(weightNorm, updateNorm), weightNorm, updateNorm);
    return { weight: tf.sub(weight, tf.mul(update, tf.mul(ratio, step.rate))), slots };
  }
}
tf.serialization.registerClass(Lamb);

/**
 * Makes LAMB (You et al. 2020), Adam whose step is scaled to each kernel's norm: a {@link Lamb}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { clipByGlobalNorm, withTransforms } from '@nfnets/agc';
 * import { lamb } from '@nfnets/optimizers';
 *
 * // As timm's Lamb, which clips the norm of all gradients to 1.
 * const optimizer = withTransforms(lamb({ learningRate: 5e-3, weightDecay: 0.02 }), clipByGlobalNorm({ maxNorm: 1 }));
 * ```
 */
export function lamb(args: LambArgs): Lamb {
  return new Lamb(args);
}
