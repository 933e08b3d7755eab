import { countSteps, scaleLearningRate } from '@nfnets/trainer';
import { contentHash } from './canonical-json.js';
import type { SweepConfig, TrialConfig } from './sweep-schema.js';

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

/**
 * Every combination of the axes over the base values, clip factors outermost.
 *
 * Pure: the id of a trial depends on nothing but its own values, so another axis value only adds trials.
 */
export function planTrials({ trial, axes }: SweepConfig): Trial[] {
  const configs = Object.entries(axes).reduce<TrialConfig[]>(
    (partial, [key, values]) =>
      partial.flatMap((config) => (values ?? []).map((value) => ({ ...config, [key]: value }))),
    [trial],
  );
  return configs.map(planTrial);
}

function planTrial(config: TrialConfig): Trial {
  const { batchSize, epochs } = config;
  // As in the paper, images left over at the end of an epoch are dropped: a last batch of a few images would get the
  // learning rate of a full one.
  const stepsPerEpoch = countSteps({ data: { length: config.dataset.train }, epochs: 1, batchSize });
  return {
    id: contentHash(config),
    config,
    derived: {
      learningRate: scaleLearningRate({ ...config.learningRate, batchSize }),
      stepsPerEpoch,
      steps: stepsPerEpoch * epochs,
    },
  };
}
