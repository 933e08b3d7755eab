import { anything, assertInRange } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { DECAY_RULES, type DecayArgs, DecayRule } from './decay-rule.js';
import { SlotOptimizer, type State } from './slot-optimizer.js';
import type { OwnRules, SlotOptimizerArgs } from './slot-optimizer-args.js';

export interface AdaptiveMomentsArgs extends SlotOptimizerArgs, DecayArgs {
  /** Share that the mean of the gradients keeps, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Share that the mean of their squares keeps, in [0, 1). Default 0.999, of `stableAdamW` 0.99. */
  readonly beta2?: number;
  /** Added to the root of the mean square, >= 0. Default 1e-8, of `lamb` and `stableAdamW` 1e-6. */
  readonly eps?: number;
}

/** Their values are looked at below. */
export const MOMENT_RULES: OwnRules<AdaptiveMomentsArgs> = {
  ...DECAY_RULES,
  beta1: anything,
  beta2: anything,
  eps: anything,
};

/** The slots of a variable. */
export type Moments = State<'mean' | 'meanSquare'>['slots'];

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

/** Throws for shares and a floor that cannot be used; `who` starts the message. */
export function assertMoments(
  who: string,
  { beta1 = 0, beta2 = 0, eps = 0 }: Pick<AdaptiveMomentsArgs, 'beta1' | 'beta2' | 'eps'>,
): void {
  assertInRange(who, 'beta1', beta1, 0, 1);
  assertInRange(who, 'beta2', beta2, 0, 1);
  assertInRange(who, 'eps', eps, 0);
}

/** The running means of Adam (Kingma & Ba 2015), of which AdamW and LAMB make different steps. */
export abstract class AdaptiveMoments<Step extends MomentStep> extends SlotOptimizer<keyof Moments, Step> {
  protected readonly slotNames = ['mean', 'meanSquare'] as const;
  protected override readonly sharedNames = ['meanShare', 'meanSquareShare'];
  protected readonly decay: DecayRule;
  protected readonly settings: { readonly beta1: number; readonly beta2: number; readonly eps: number };

  /** @param defaults of what the optimizers have different defaults of */
  protected constructor(
    who: string,
    args: AdaptiveMomentsArgs,
    defaults: { readonly beta2?: number; readonly eps: number; readonly weightDecay: number },
  ) {
    super(who, args, MOMENT_RULES);
    const {
      beta1 = 0.9,
      beta2 = defaults.beta2 ?? 0.999,
      eps = defaults.eps,
      weightDecay = defaults.weightDecay,
    } = args;
    assertMoments(who, { beta1, beta2, eps });
    this.settings = { beta1, beta2, eps };
    this.decay = new DecayRule(who, { ...args, weightDecay });
  }

  // The mean of t ones under the same rule, `1 - beta ** t`, as the means themselves are kept: nothing to count in
  // JavaScript, and no digits lost to `1 - 0.999`.
  protected override advance(): void {
    const { beta1, beta2 } = this.settings;
    for (const [name, beta] of [
      ['meanShare', beta1],
      ['meanSquareShare', beta2],
    ] as const) {
      const share = this.sharedSlot(name);
      share.assign(tf.add(tf.mul(share, beta), 1 - beta));
    }
  }

  /** The scalars of a step at `rate`. */
  protected momentStep(rate: tf.Scalar): MomentStep {
    const { beta1, beta2, eps } = this.settings;
    const root = tf.sqrt(this.sharedSlot('meanSquareShare'));
    return {
      rate,
      beta1: tf.scalar(beta1),
      beta2: tf.scalar(beta2),
      rest1: tf.scalar(1 - beta1),
      rest2: tf.scalar(1 - beta2),
      correction: tf.div(root, this.sharedSlot('meanShare')),
      eps: tf.mul(root, eps),
    };
  }

  /** The next means, and `mean / (sqrt(meanSquare) + eps)` of them, to be multiplied by `step.correction`. */
  protected direction(
    gradient: tf.Tensor,
    before: Moments,
    step: MomentStep,
  ): { direction: tf.Tensor; slots: Moments } {
    const mean = tf.add(tf.mul(before.mean, step.beta1), tf.mul(gradient, step.rest1));
    const meanSquare = tf.add(tf.mul(before.meanSquare, step.beta2), tf.mul(tf.square(gradient), step.rest2));
    return { direction: tf.div(mean, tf.add(tf.sqrt(meanSquare), step.eps)), slots: { mean, meanSquare } };
  }

  protected override namesInOptions(): Readonly<Record<string, readonly string[]>> {
    return { ...super.namesInOptions(), exclude: this.decay.exclude };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...this.decay.getConfig() };
  }
}
