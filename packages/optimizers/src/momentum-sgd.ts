import { aBoolean, anything, assertInRange } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { SlotOptimizer, type State } from './slot-optimizer.js';
import type { OwnRules, SlotOptimizerArgs } from './slot-optimizer-args.js';

/** Options of {@link sgd}. */
export interface MomentumSGDArgs extends SlotOptimizerArgs {
  /** Share of the last step's velocity that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Whether the gradient is looked up one momentum step ahead. Default true. */
  readonly nesterov?: boolean;
}

const RULES: OwnRules<MomentumSGDArgs> = { momentum: anything, nesterov: aBoolean };

interface Step {
  readonly rate: tf.Scalar;
  readonly momentum: tf.Scalar;
}

/**
 * Gradient descent with momentum as in the released code of Brock et al. 2021: `m = momentum * m + g`, then
 * `p -= learningRate * (g + momentum * m)` with `nesterov`, else `p -= learningRate * m`.
 *
 * The arithmetic of `tf.train.momentum`, with momenta that belong to variables.
 */
export class MomentumSGD extends SlotOptimizer<'velocity', Step> {
  static readonly className = 'MomentumSGD';
  protected readonly slotNames = ['velocity'] as const;
  private readonly settings: { readonly momentum: number; readonly nesterov: boolean };

  constructor(args: MomentumSGDArgs) {
    super('sgd', args, RULES);
    const { momentum = 0.9, nesterov = true } = args;
    assertInRange('sgd', 'momentum', momentum, 0, 1);
    this.settings = { momentum, nesterov };
  }

  protected prepare(rate: tf.Scalar): Step {
    return { rate, momentum: tf.scalar(this.settings.momentum) };
  }

  protected update(
    { weight, slots }: State<'velocity'>,
    gradient: tf.Tensor,
    { rate, momentum }: Step,
  ): State<'velocity'> {
    // A compiled step knows this arithmetic and does it in one op.
    const velocity = tf.add(tf.mul(slots.velocity, momentum), gradient);
    const direction = this.settings.nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
    const aligned = this.settings.momentum > 0 ? this.aligned(direction, gradient) : direction;
    return { weight: tf.sub(weight, tf.mul(rate, aligned)), slots: { velocity } };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(MomentumSGD);

/**
 * Makes gradient descent with momentum, by default the reference's: Nesterov's, 0.9 (Brock et al. 2021). A {@link MomentumSGD}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { agc } from '@nfnets/agc';
 * import { sgd } from '@nfnets/optimizers';
 *
 * const optimizer = agc(sgd({ learningRate: 0.1 }), { exclude: ['head'] });
 * optimizer.setLearningRate(0.01); // from the next step on
 * ```
 */
export function sgd(args: MomentumSGDArgs): MomentumSGD {
  return new MomentumSGD(args);
}
