import * as tf from '@tensorflow/tfjs-core';
import { adamDirection, type MomentStep, type Moments } from './adam-direction.js';
import { AdaptiveMoments, type AdaptiveMomentsArgs, assertMoments, MOMENT_RULES } from './adaptive-moments.js';
import type { State } from './slot-optimizer.js';
import { assertRates, checkArgs } from './slot-optimizer-args.js';

/** Options of {@link adam}. */
export interface AdamArgs extends Omit<AdaptiveMomentsArgs, 'weightDecay' | 'exclude'> {}

/** Options of {@link adamW}. */
export interface AdamWArgs extends AdaptiveMomentsArgs {}

interface Step extends MomentStep {
  readonly correctedRate: tf.Scalar;
  /** What is left of a decayed weight. */
  readonly kept: tf.Scalar;
}

/**
 * Adam with decoupled weight decay: `p = (1 - rate * weightDecay) * p - rate * m / (sqrt(v) + eps)`, where `m` and `v` are the
 * bias-corrected means of the gradients and of their squares.
 *
 * Kernels are decayed, of rank 2 and up; not biases and gains. Without decay it is Adam.
 *
 * Source: Loshchilov & Hutter 2019, algorithm 2, with a decay that follows the rate, as `torch.optim.AdamW` has it.
 */
export class AdamW extends AdaptiveMoments<Step> {
  static readonly className = 'AdamW';

  constructor(args: AdamWArgs) {
    super('adamW', args, { eps: 1e-8, weightDecay: 0.01 });
  }

  protected prepare(rate: tf.Scalar): Step {
    const step = this.momentStep(rate);
    return {
      ...step,
      correctedRate: tf.mul(rate, step.correction),
      kept: tf.sub(1, tf.mul(rate, this.decay.weightDecay)),
    };
  }

  protected update(
    { weight, slots: before }: State<keyof Moments>,
    gradient: tf.Tensor,
    step: Step,
    variable: tf.Variable,
  ): State<keyof Moments> {
    const { direction, slots } = adamDirection(gradient, before, step);
    const move = tf.mul(this.aligned(direction, gradient), step.correctedRate);
    const decays = this.decay.weightDecay > 0 && this.decay.appliesTo(variable);
    return { weight: tf.sub(decays ? tf.mul(weight, step.kept) : weight, move), slots };
  }
}
tf.serialization.registerClass(AdamW);

/**
 * Makes Adam with decoupled weight decay (Loshchilov & Hutter 2019): an {@link AdamW}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { adamW } from '@nfnets/optimizers';
 *
 * // Fine-tuning: the stem stays as it is, the new head learns ten times faster than the rest.
 * const optimizer = adamW({ learningRate: 1e-4, weightDecay: 0.05, rateFactors: { stem: 0, head: 10 } });
 * ```
 */
export function adamW(args: AdamWArgs): AdamW {
  return new AdamW(args);
}

/**
 * Makes Adam (Kingma & Ba 2015): an {@link AdamW} without decay.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { adam } from '@nfnets/optimizers';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const weight = tf.variable(tf.scalar(3));
 * const optimizer = adam({ learningRate: 0.1, beta2: 0.99 });
 * for (let step = 0; step < 100; step++) optimizer.minimize(() => tf.square(weight).asScalar());
 * ```
 */
export function adam(args: AdamArgs): AdamW {
  const { weightDecay: _, exclude: __, ...rules } = MOMENT_RULES;
  checkArgs('adam', args, rules);
  assertRates('adam', args);
  assertMoments('adam', args);
  return new AdamW({ ...args, weightDecay: 0 });
}
