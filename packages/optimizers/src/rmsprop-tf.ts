import { aBoolean, anything, assertInRange } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { SlotOptimizer, type State } from './slot-optimizer.js';
import type { OwnRules, SlotOptimizerArgs } from './slot-optimizer-args.js';

/** Options of {@link rmspropTF}. */
export interface RMSPropTFArgs extends SlotOptimizerArgs {
  /** Share that the mean square keeps, in [0, 1). Default 0.9. */
  readonly decay?: number;
  /** Share of the last step's move that is kept, in [0, 1). Default 0. */
  readonly momentum?: number;
  /** Added to the mean square inside the root, >= 0. Default 1e-10; EfficientNets are trained with 1e-3. */
  readonly eps?: number;
  /** Whether the velocity holds moves, with the rate of their step, or directions. Default true. */
  readonly rateInMomentum?: boolean;
}

const RULES: OwnRules<RMSPropTFArgs> = {
  decay: anything,
  momentum: anything,
  eps: anything,
  rateInMomentum: aBoolean,
};

type Slot = 'meanSquare' | 'velocity';

interface Step {
  readonly rate: tf.Scalar;
  readonly rest: tf.Scalar;
  readonly momentum: tf.Scalar;
  readonly eps: tf.Scalar;
}

/**
 * RMSProp as TensorFlow 1 has it, and EfficientNets are trained with: `v += (1 - decay) * (g ** 2 - v)` from `v = 1`, then
 * `m = momentum * m + rate * g / sqrt(v + eps)` and `p -= m`; without `rateInMomentum` the rate multiplies `m` instead.
 *
 * The same as timm's `RMSpropTF`. For its decay put `addDecayedWeights` of @nfnets/agc in front.
 */
export class RMSPropTF extends SlotOptimizer<Slot, Step> {
  static readonly className = 'RMSPropTF';
  protected readonly slotNames: readonly Slot[];
  private readonly settings: Readonly<Required<Omit<RMSPropTFArgs, keyof SlotOptimizerArgs>>>;

  constructor(args: RMSPropTFArgs) {
    super('rmspropTF', args, RULES);
    const { decay = 0.9, momentum = 0, eps = 1e-10, rateInMomentum = true } = args;
    assertInRange('rmspropTF', 'decay', decay, 0, 1);
    assertInRange('rmspropTF', 'momentum', momentum, 0, 1);
    assertInRange('rmspropTF', 'eps', eps, 0);
    this.settings = { decay, momentum, eps, rateInMomentum };
    this.slotNames = momentum > 0 ? ['meanSquare', 'velocity'] : ['meanSquare'];
  }

  protected prepare(rate: tf.Scalar): Step {
    const { decay, momentum, eps } = this.settings;
    return { rate, rest: tf.scalar(1 - decay), momentum: tf.scalar(momentum), eps: tf.scalar(eps) };
  }

  // One: the first steps are those of plain descent, not divided by a mean of next to nothing.
  protected override startOf(slot: Slot, variable: tf.Variable): tf.Tensor {
    return slot === 'meanSquare' ? tf.onesLike(variable) : tf.zerosLike(variable);
  }

  protected update(
    { weight, slots }: State<Slot>,
    gradient: tf.Tensor,
    { rate, rest, momentum, eps }: Step,
  ): State<Slot> {
    const before = slots.meanSquare;
    const meanSquare = tf.add(before, tf.mul(tf.sub(tf.square(gradient), before), rest));
    const direction = tf.div(gradient, tf.sqrt(tf.add(meanSquare, eps)));
    if (this.settings.momentum === 0) {
      return { weight: tf.sub(weight, tf.mul(direction, rate)), slots: { ...slots, meanSquare } };
    }
    const { rateInMomentum } = this.settings;
    const velocity = tf.add(tf.mul(slots.velocity, momentum), rateInMomentum ? tf.mul(direction, rate) : direction);
    const aligned = this.aligned(velocity, gradient);
    const move = rateInMomentum ? aligned : tf.mul(aligned, rate);
    return { weight: tf.sub(weight, move), slots: { meanSquare, velocity } };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(RMSPropTF);

/**
 * Makes RMSProp as TensorFlow 1 has it, for EfficientNets (Tan & Le 2019): an {@link RMSPropTF}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { addDecayedWeights, withTransforms } from '@nfnets/agc';
 * import { rmspropTF } from '@nfnets/optimizers';
 *
 * const optimizer = withTransforms(
 *   rmspropTF({ learningRate: 0.016, momentum: 0.9, eps: 1e-3 }),
 *   addDecayedWeights({ weightDecay: 1e-5 }),
 * );
 * ```
 */
export function rmspropTF(args: RMSPropTFArgs): RMSPropTF {
  return new RMSPropTF(args);
}
