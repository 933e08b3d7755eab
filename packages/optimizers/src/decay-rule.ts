import { anything, assertInRange, assertNames, type OptionRules } from '@nfnets/options';
import type { Tensor } from '@tensorflow/tfjs-core';
import { matchName } from './weight-name.js';

export interface DecayArgs {
  /** Strength of the weight decay, >= 0. Default 0.01, of `lars` 0. */
  readonly weightDecay?: number;
  /** Layers (`'head'`) or weights (`'head/kernel'`) treated as biases and gains are. Default none. */
  readonly exclude?: readonly string[];
}

/** Their values are looked at below. */
export const DECAY_RULES: OptionRules<DecayArgs> = { weightDecay: anything, exclude: anything };

/** Which variables are decayed: kernels, of rank 2 and up, that are not excluded; not biases, gains and scalars. */
export class DecayRule {
  readonly weightDecay: number;
  readonly exclude: readonly string[];

  constructor(who: string, { weightDecay = 0, exclude = [] }: DecayArgs) {
    assertInRange(who, 'weightDecay', weightDecay, 0);
    assertNames(who, 'exclude', exclude);
    this.weightDecay = weightDecay;
    this.exclude = [...exclude];
  }

  appliesTo({ name, shape }: Tensor & { readonly name: string }): boolean {
    return shape.length >= 2 && !this.exclude.some((entry) => matchName(entry, name) > 0);
  }

  getConfig(): { weightDecay: number; exclude: { name: string }[] } {
    return { weightDecay: this.weightDecay, exclude: this.exclude.map((name) => ({ name })) };
  }
}
