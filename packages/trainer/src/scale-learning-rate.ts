import { assertInRange, assertInteger, show } from './check-option.js';

export interface ScaleLearningRateArgs {
  /** The learning rate at batch size `per`. */
  readonly base: number;
  /** The batch size that `base` is for. Default 256, as in Brock et al. 2021. */
  readonly per?: number;
  /** How the rate follows the batch size. Default 'linear'. */
  readonly rule?: keyof typeof RULES;
  readonly batchSize: number;
}

const RULES = {
  linear: (ratio: number) => ratio,
  sqrt: (ratio: number) => Math.sqrt(ratio),
  none: () => 1,
};

/** Computes the learning rate for a batch size: `base * batchSize / per`, or by its square root, or `base` itself. */
export function scaleLearningRate({ base, per = 256, rule = 'linear', batchSize }: ScaleLearningRateArgs): number {
  assertInRange('scaleLearningRate', 'base', base, 0);
  assertInteger('scaleLearningRate', 'per', per, 1);
  assertInteger('scaleLearningRate', 'batchSize', batchSize, 1);
  if (!Object.hasOwn(RULES, rule)) {
    throw new RangeError(
      `scaleLearningRate: \`rule\` must be one of ${Object.keys(RULES).join(', ')}, got ${show(rule)}.`,
    );
  }
  return base * RULES[rule](batchSize / per);
}
