import { checkOptions, integerFrom, numberIn, positive } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import type { TransformState } from '../contract/transform-state.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { factorsOf, LARGEST, TINY } from './clip-ratios.js';
import { measureGradients } from './measure-gradients.js';

/** Options of {@link adaGC}. */
export interface AdaGCArgs {
  /** A tensor's norm may be so many times its mean, > 0. Default 1.05. */
  readonly relativeFactor?: number;
  /** Largest norm of all gradients together during the warm-up, > 0. Default 1. */
  readonly maxNorm?: number;
  /** How much of a mean is kept in a step, in [0, 1). Default 0.98. */
  readonly beta?: number;
  /** Steps in which the means are found, an integer >= 0. Default 100. */
  readonly warmupSteps?: number;
}

/** Clips every gradient against the mean of its own norms; made by {@link adaGC}. */
export class AdaGC extends GradientTransform {
  static readonly className = 'AdaGC';
  private readonly options: Required<AdaGCArgs>;

  constructor(args: AdaGCArgs = {}) {
    super();
    checkOptions<AdaGCArgs>('adaGC', args, {
      relativeFactor: positive,
      maxNorm: positive,
      beta: numberIn(0, 1),
      warmupSteps: integerFrom(0),
    });
    const { relativeFactor = 1.05, maxNorm = 1, beta = 0.98, warmupSteps = 100 } = args;
    this.options = { relativeFactor, maxNorm, beta, warmupSteps };
  }

  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      const norms = stacks.norms();
      const factors = factorsOf(this.ratios(norms, gradients, state));
      this.remember(tf.mul(norms, factors), gradients, state);
      return stacks.scale(factors);
    });
  }

  override measure(gradients: readonly ParamGradient[], state: TransformState): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureGradients(gradients, () =>
      this.ratios(new TensorStacks(gradients.map(({ grad }) => grad)).norms(), gradients, state),
    );
  }

  getConfig(): tf.serialization.ConfigDict {
    return { ...this.options };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { relativeFactor, maxNorm, beta, warmupSteps }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ relativeFactor, maxNorm, beta, warmupSteps });
  }

  /** Norms over their limits, [gradients]. */
  private ratios(norms: tf.Tensor1D, gradients: readonly ParamGradient[], state: TransformState): tf.Tensor1D {
    const { relativeFactor, maxNorm } = this.options;
    const means = meansOf(gradients, state);
    const ofAll = tf.div(tf.sqrt(tf.sum(tf.square(norms))), maxNorm);
    // Without a mean there is no limit yet.
    const own = tf.where(tf.greater(means, 0), tf.div(norms, tf.mul(tf.maximum(means, TINY), relativeFactor)), 0);
    return tf.where(this.isWarmup(state), tf.mul(ofAll, tf.onesLike(norms)), own) as tf.Tensor1D;
  }

  /** Moves the means towards the norms of the clipped gradients; of what is 0 or not finite nothing is learnt. */
  private remember(clipped: tf.Tensor1D, gradients: readonly ParamGradient[], state: TransformState): void {
    const { beta, warmupSteps } = this.options;
    const means = meansOf(gradients, state);
    const moved = tf.where(
      this.isWarmup(state),
      tf.minimum(means, clipped),
      tf.add(tf.mul(means, beta), tf.mul(clipped, 1 - beta)),
    );
    const next = tf.where(tf.greater(means, 0), moved, clipped);
    const isNorm = tf.logicalAnd(tf.greater(clipped, 0), tf.less(clipped, LARGEST));
    for (const [i, value] of tf.unstack(tf.where(isNorm, next, means)).entries()) {
      meanOf(gradients[i]!, state).assign(value);
    }
    const steps = state.shared('steps');
    steps.assign(tf.minimum(tf.add(steps, 1), warmupSteps));
  }

  private isWarmup(state: TransformState): tf.Tensor {
    return tf.less(state.shared('steps'), this.options.warmupSteps);
  }
}
tf.serialization.registerClass(AdaGC);

/**
 * Adaptive gradient clipping by history (AdaGC, arXiv 2502.11034, algorithm 1): each gradient `j` is scaled down to `relativeFactor` times the running mean
 * of its own norms.
 *
 *     h_j = min(1, relativeFactor * mean_j / |g_j|),  g_j <- h_j g_j,  mean_j <- beta * mean_j + (1 - beta) * |g_j|
 *
 * where the mean is that of the clipped norms. In the first `warmupSteps` steps all gradients are scaled by one factor, to a norm of
 * `maxNorm` together, and the mean is the smallest norm so far. Where the paper says nothing: a norm of 0 is not remembered, as it would forbid all that
 * follows (the inner weights of a NFNet have one at first, whose skip gains are zero); neither is one that is not finite.
 *
 * Its state: a scalar `mean` for each variable, and `steps`.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { adaGC, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), adaGC({ warmupSteps: 50 }));
 * ```
 */
export function adaGC(args: AdaGCArgs = {}): AdaGC {
  return new AdaGC(args);
}

const meanOf = ({ param }: ParamGradient, state: TransformState) => state.of(param, 'mean', () => tf.scalar(0));
const meansOf = (gradients: readonly ParamGradient[], state: TransformState) =>
  tf.stack(gradients.map((each) => meanOf(each, state))) as tf.Tensor1D;
