import { aBoolean, anything, assertInRange } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { DECAY_RULES, type DecayArgs, DecayRule } from './decay-rule.js';
import { SlotOptimizer, type State } from './slot-optimizer.js';
import type { OwnRules, SlotOptimizerArgs } from './slot-optimizer-args.js';
import { guardRatio, normOf } from './trust-ratio.js';

/** Options of {@link lars}. */
export interface LarsArgs extends SlotOptimizerArgs, DecayArgs {
  /** Share of the last step's velocity that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Whether the gradient is looked up one momentum step ahead. Default false. */
  readonly nesterov?: boolean;
  /** How far a weight may move, as a share of its norm, at a rate of 1. Default 0.001. */
  readonly trustCoefficient?: number;
  /** Added to the norms below the line, >= 0. Default 1e-8. */
  readonly eps?: number;
}

const RULES: OwnRules<LarsArgs> = {
  ...DECAY_RULES,
  momentum: anything,
  nesterov: aBoolean,
  trustCoefficient: anything,
  eps: anything,
};

interface Step {
  readonly rate: tf.Scalar;
  readonly momentum: tf.Scalar;
}

/**
 * LARS: momentum of the gradients `trust * (g + weightDecay * p)` with
 * `trust = trustCoefficient * ||p|| / (||g|| + weightDecay * ||p|| + eps)`, the norms of a whole tensor.
 *
 * Biases, gains and what is excluded are neither decayed nor scaled: plain momentum. The same as timm's `Lars`.
 *
 * Source: You et al. 2017, algorithm 1.
 */
export class Lars extends SlotOptimizer<'velocity', Step> {
  static readonly className = 'Lars';
  protected readonly slotNames = ['velocity'] as const;
  private readonly decay: DecayRule;
  private readonly settings: Readonly<Required<Omit<LarsArgs, keyof SlotOptimizerArgs | keyof DecayArgs>>>;

  constructor(args: LarsArgs) {
    super('lars', args, RULES);
    const { momentum = 0.9, nesterov = false, trustCoefficient = 0.001, eps = 1e-8 } = args;
    assertInRange('lars', 'momentum', momentum, 0, 1);
    assertInRange('lars', 'trustCoefficient', trustCoefficient, 0);
    assertInRange('lars', 'eps', eps, 0);
    this.settings = { momentum, nesterov, trustCoefficient, eps };
    this.decay = new DecayRule('lars', args);
  }

  protected prepare(rate: tf.Scalar): Step {
    return { rate, momentum: tf.scalar(this.settings.momentum) };
  }

  protected update(
    { weight, slots }: State<'velocity'>,
    gradient: tf.Tensor,
    { rate, momentum }: Step,
    variable: tf.Variable,
  ): State<'velocity'> {
    const scaled = this.decay.appliesTo(variable) ? this.scale(weight, gradient) : gradient;
    const velocity = tf.add(tf.mul(slots.velocity, momentum), scaled);
    const direction = this.settings.nesterov ? tf.add(scaled, tf.mul(velocity, momentum)) : velocity;
    return { weight: tf.sub(weight, tf.mul(rate, this.aligned(direction, gradient))), slots: { velocity } };
  }

  private scale(weight: tf.Tensor, gradient: tf.Tensor): tf.Tensor {
    const { trustCoefficient, eps } = this.settings;
    const { weightDecay } = this.decay;
    const [weightNorm, gradientNorm] = [normOf(weight), normOf(gradient)];
    const below = tf.add(tf.add(gradientNorm, tf.mul(weightNorm, weightDecay)), eps);
    const trust = guardRatio(tf.div(tf.mul(weightNorm, trustCoefficient), below), weightNorm, gradientNorm);
    return tf.mul(weightDecay > 0 ? tf.add(gradient, tf.mul(weight, weightDecay)) : gradient, trust);
  }

  protected override namesInOptions(): Readonly<Record<string, readonly string[]>> {
    return { ...super.namesInOptions(), exclude: this.decay.exclude };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...this.decay.getConfig() };
  }
}
tf.serialization.registerClass(Lars);

/**
 * Makes LARS (You et al. 2017), momentum whose step is scaled to each kernel's norm: a {@link Lars}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { lars } from '@nfnets/optimizers';
 *
 * const optimizer = lars({ learningRate: 2, weightDecay: 1e-4, exclude: ['head'] });
 * ```
 */
export function lars(args: LarsArgs): Lars {
  return new Lars(args);
}
