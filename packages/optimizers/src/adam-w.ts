import * as tf from '@tensorflow/tfjs-core';
import {
  AdaptiveMoments,
  type AdaptiveMomentsArgs,
  assertMoments,
  MOMENT_RULES,
  type MomentStep,
  type Moments,
} from './adaptive-moments.js';
import { assertRates, checkArgs } from './slot-optimizer.js';

export interface AdamArgs extends Omit<AdaptiveMomentsArgs, 'weightDecay' | 'exclude'> {}

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

  protected update(variable: tf.Variable, gradient: tf.Tensor, slots: Moments, step: Step): void {
    const move = tf.mul(this.direction(gradient, slots, step), step.correctedRate);
    const decays = this.decay.weightDecay > 0 && this.decay.appliesTo(variable);
    variable.assign(tf.sub(decays ? tf.mul(variable, step.kept) : variable, move));
  }
}
tf.serialization.registerClass(AdamW);

/** Makes an {@link AdamW} optimizer. */
export function adamW(args: AdamWArgs): AdamW {
  return new AdamW(args);
}

/** Makes Adam (Kingma & Ba 2015): {@link AdamW} without decay. */
export function adam(args: AdamArgs): AdamW {
  const { weightDecay: _, exclude: __, ...rules } = MOMENT_RULES;
  checkArgs('adam', args, rules);
  assertRates('adam', args);
  assertMoments('adam', args);
  return new AdamW({ ...args, weightDecay: 0 });
}
