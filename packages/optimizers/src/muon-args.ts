import { aBoolean, anything, assertInRange, assertNames, integerFrom, oneOf } from '@nfnets/options';
import type { MomentSettings } from './adam-direction.js';
import { assertMoments } from './adaptive-moments.js';
import type { AdjustLearningRate, ConvMode } from './kernel-matrices.js';
import { NEWTON_SCHULZ } from './newton-schulz-coefficients.js';
import type { OwnRules, SlotOptimizerArgs } from './slot-optimizer-args.js';

/** Options of `muon`. */
export interface MuonArgs extends SlotOptimizerArgs {
  /** Share of the last step's velocity that is kept, in [0, 1). Default 0.95. */
  readonly momentum?: number;
  /** Whether the gradient is looked up one momentum step ahead. Default true. */
  readonly nesterov?: boolean;
  /** Strength of the decoupled decay of all kernels, of rank 2 and up, >= 0. Default 0. */
  readonly weightDecay?: number;
  /** Layers (`'head'`) or weights (`'head/kernel'`) that are left to the fallback, as the classifier is. Default none. */
  readonly exclude?: readonly string[];
  /** Newton-Schulz steps, >= 1. Default 5. */
  readonly nsSteps?: number;
  /** What they are: Jordan's, tuned for 5 (`'quintic'`), or those of Polar Express. Default 'original'. */
  readonly nsCoefficients?: keyof typeof NEWTON_SCHULZ;
  /**
   * What a kernel of convolution, [height, width, in, out], is: one matrix of height * width * in inputs, or a matrix at each position, whose
   * step is then divided by sqrt(height * width). Default 'flatten'.
   */
  readonly convMode?: ConvMode;
  /**
   * What a step of a matrix is multiplied by: `sqrt(max(1, out / in))`, or `0.2 * sqrt(max(out, in))`, with which the rate and the decay of
   * AdamW fit. Default 'original'.
   */
  readonly adjustLearningRate?: AdjustLearningRate;
  /** What moves the weights that are no matrices, and those in `exclude`: AdamW, or SGD of this momentum. Default 'adamW'. */
  readonly fallback?: 'adamW' | 'sgd';
  /** What the rate of the fallback is multiplied by, >= 0. Default 1. */
  readonly fallbackRateFactor?: number;
  /** Of the fallback 'adamW': share that the mean of the gradients keeps, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Of the fallback 'adamW': share that the mean of their squares keeps, in [0, 1). Default 0.95. */
  readonly beta2?: number;
  /** Of the fallback 'adamW': added to the root of the mean square, >= 0. Default 1e-8. */
  readonly eps?: number;
}

/** Numbers and names are looked at below. */
export const MUON_RULES: OwnRules<MuonArgs> = {
  momentum: anything,
  nesterov: aBoolean,
  weightDecay: anything,
  exclude: anything,
  nsSteps: integerFrom(1),
  nsCoefficients: oneOf(Object.keys(NEWTON_SCHULZ)),
  convMode: oneOf(['flatten', 'batched']),
  adjustLearningRate: oneOf(['original', 'matchRmsAdamW']),
  fallback: oneOf(['adamW', 'sgd']),
  fallbackRateFactor: anything,
  beta1: anything,
  beta2: anything,
  eps: anything,
};

/** What `muon` does besides following its rate, all of it said. */
export interface MuonSettings
  extends Required<Omit<MuonArgs, keyof SlotOptimizerArgs | 'exclude' | keyof MomentSettings>> {}

/** What `args` say, checked but for the rate: the means are of the fallback 'adamW' alone. */
export function muonSettings(args: MuonArgs): {
  readonly settings: MuonSettings;
  readonly exclude: readonly string[];
  readonly means: MomentSettings | undefined;
} {
  const { momentum = 0.95, nesterov = true, weightDecay = 0, exclude = [] } = args;
  const { nsSteps = 5, nsCoefficients = 'original', convMode = 'flatten', adjustLearningRate = 'original' } = args;
  const { fallback = 'adamW', fallbackRateFactor = 1, beta1 = 0.9, beta2 = 0.95, eps = 1e-8 } = args;
  assertInRange('muon', 'momentum', momentum, 0, 1);
  assertInRange('muon', 'weightDecay', weightDecay, 0);
  assertNames('muon', 'exclude', exclude);
  assertInRange('muon', 'fallbackRateFactor', fallbackRateFactor, 0);
  const means = { beta1, beta2, eps };
  assertMoments('muon', means);
  const unused = fallback === 'sgd' && Object.keys(means).find((name) => args[name as keyof MuonArgs] !== undefined);
  if (unused) {
    throw new RangeError(
      `muon: \`${unused}\` must be left out with the fallback 'sgd', which has the momentum of the matrices, or take fallback: 'adamW'.`,
    );
  }
  const matrices = { momentum, nesterov, weightDecay, nsSteps, nsCoefficients, convMode, adjustLearningRate };
  return {
    settings: { ...matrices, fallback, fallbackRateFactor },
    exclude: [...exclude],
    means: fallback === 'adamW' ? means : undefined,
  };
}
