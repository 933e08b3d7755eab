import { anything, assertInRange } from '@nfnets/options';
import type * as tf from '@tensorflow/tfjs-core';
import {
  advanceShares,
  MOMENT_SHARES,
  type MomentSettings,
  type MomentShares,
  type MomentStep,
  type Moments,
  momentStep,
} from './adam-direction.js';
import { DECAY_RULES, type DecayArgs, DecayRule } from './decay-rule.js';
import { SlotOptimizer } from './slot-optimizer.js';
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

/** Throws for shares and a floor that cannot be used; `who` starts the message. */
export function assertMoments(
  who: string,
  { beta1 = 0, beta2 = 0, eps = 0 }: Pick<AdaptiveMomentsArgs, 'beta1' | 'beta2' | 'eps'>,
): void {
  assertInRange(who, 'beta1', beta1, 0, 1);
  assertInRange(who, 'beta2', beta2, 0, 1);
  assertInRange(who, 'eps', eps, 0);
}

/** The running means of Adam, of which AdamW and LAMB make different steps. */
export abstract class AdaptiveMoments<Step extends MomentStep> extends SlotOptimizer<keyof Moments, Step> {
  protected readonly slotNames = ['mean', 'meanSquare'] as const;
  protected override readonly sharedNames = MOMENT_SHARES;
  protected readonly decay: DecayRule;
  protected readonly settings: MomentSettings;

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

  protected override advance(): void {
    advanceShares(this.shares(), this.settings);
  }

  /** The scalars of a step at `rate`. */
  protected momentStep(rate: tf.Scalar): MomentStep {
    return momentStep(rate, this.settings, this.shares());
  }

  protected shares(): MomentShares {
    const [meanShare, meanSquareShare] = [this.sharedSlot('meanShare'), this.sharedSlot('meanSquareShare')];
    return { meanShare, meanSquareShare };
  }

  protected override namesInOptions(): Readonly<Record<string, readonly string[]>> {
    return { ...super.namesInOptions(), exclude: this.decay.exclude };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...this.decay.getConfig() };
  }
}
