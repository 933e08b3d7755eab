import { anything, assertInRange, assertInteger, checkOptions, oneOf } from '@nfnets/options';

/** Options of {@link scaleLearningRate}. */
export interface ScaleLearningRateArgs {
  /** The learning rate at batch size `per`. */
  readonly base: number;
  /** The batch size that `base` is for. Default 256, as in Brock et al. 2021. */
  readonly per?: number;
  /** How the rate follows the batch size. Default `'linear'`. */
  readonly rule?: keyof typeof RULES;
  /** Images of a batch. */
  readonly batchSize: number;
}

const RULES = {
  linear: (ratio: number) => ratio,
  sqrt: (ratio: number) => Math.sqrt(ratio),
  none: () => 1,
};

const OPTIONS = { base: anything, per: anything, rule: oneOf(Object.keys(RULES)), batchSize: anything };

/**
 * Computes the learning rate for a batch size: `base * batchSize / per`, or by its square root, or `base` itself (Goyal et al. 2017; Brock
 * et al. 2021, appendix A).
 *
 * @throws RangeError or TypeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { scaleLearningRate } from '@nfnets/trainer';
 *
 * console.log(scaleLearningRate({ base: 0.1, batchSize: 1024 })); // 0.4
 * ```
 */
export function scaleLearningRate(args: ScaleLearningRateArgs): number {
  checkOptions<ScaleLearningRateArgs>('scaleLearningRate', args, OPTIONS);
  const { base, per = 256, rule = 'linear', batchSize } = args;
  assertInRange('scaleLearningRate', 'base', base, 0);
  assertInteger('scaleLearningRate', 'per', per, 1);
  assertInteger('scaleLearningRate', 'batchSize', batchSize, 1);
  return base * RULES[rule](batchSize / per);
}
