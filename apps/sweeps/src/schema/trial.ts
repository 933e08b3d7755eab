import type { TrialConfig } from './trial-schema.js';

/** One training run to make. */
export interface Trial {
  /** Hash of `config`: the same work has the same id in every plan. */
  readonly id: string;
  readonly config: TrialConfig;
  /** Numbers that follow from `config`, recorded beside the rules that gave them. */
  readonly derived: {
    /** Peak learning rate, by `config.learningRate.rule`. */
    readonly learningRate: number;
    readonly stepsPerEpoch: number;
    readonly steps: number;
  };
}
