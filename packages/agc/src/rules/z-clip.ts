import { checkOptions, integerFrom, numberIn, oneOf, positive } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import type { Named } from '../contract/named-config.js';
import type { TransformState } from '../contract/transform-state.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { factorsOf, isUsable, TINY } from './clip-ratios.js';
import { measureTogether } from './measure-gradients.js';

/** What {@link zClip} scales a spike down to. */
export type ZClipMode = (typeof MODES)[number];
const MODES = ['reciprocal', 'mean', 'percentile'] as const;

/** The authors' names of the options. */
const ITS_NAMES = {
  z_thresh: 'It is `zThreshold` here.',
  clip_option: "It is `mode` here, and 'adaptive_scaling' is 'reciprocal'.",
  max_grad_norm: 'It is `maxNorm` here.',
};

/** Options of {@link zClip}. */
export interface ZClipArgs {
  /**
   * What a spike is scaled down to: `reciprocal`, nearer to the mean the larger it is; `mean`, the mean; `percentile`, the limit itself.
   * Default `reciprocal`.
   */
  readonly mode?: ZClipMode;
  /** How many standard deviations above the mean a norm may be, > 0. Default 2.5. */
  readonly zThreshold?: number;
  /** How much of the mean and the variance is kept in a step, in [0, 1]. Default 0.97. */
  readonly alpha?: number;
  /** Steps whose norms make the first mean and variance, an integer >= 2. Default 25. */
  readonly warmupSteps?: number;
  /** What is added to the standard deviation as a divisor, > 0. Default 1e-6. */
  readonly eps?: number;
  /** Largest norm in any case, in the warm-up too, > 0. Default none. */
  readonly maxNorm?: number | undefined;
}

/** Scales all gradients together where their norm is an outlier among those before it; made by {@link zClip}. */
export class ZClip extends GradientTransform {
  static readonly className = 'ZClip';
  private readonly options: Required<ZClipArgs>;

  constructor(args: ZClipArgs = {}) {
    super();
    checkOptions<ZClipArgs>(
      'zClip',
      args,
      {
        mode: oneOf(MODES),
        zThreshold: positive,
        alpha: numberIn(0, 1),
        warmupSteps: integerFrom(2),
        eps: positive,
        maxNorm: positive,
      },
      { instead: ITS_NAMES },
    );
    const { mode = 'reciprocal', zThreshold = 2.5, alpha = 0.97, warmupSteps = 25, eps = 1e-6, maxNorm } = args;
    this.options = { mode, zThreshold, alpha, warmupSteps, eps, maxNorm };
  }

  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      const norm = stacks.globalNorm();
      const factor = factorsOf(this.ratio(norm, state));
      this.remember(norm, state);
      return stacks.scale(factor);
    });
  }

  override measure(gradients: readonly ParamGradient[], state: TransformState): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureTogether(gradients, () =>
      this.ratio(new TensorStacks(gradients.map(({ grad }) => grad)).globalNorm(), state),
    );
  }

  getConfig(): tf.serialization.ConfigDict {
    const { mode, maxNorm, ...numbers } = this.options;
    return { ...numbers, mode: { name: mode }, ...(maxNorm !== undefined && { maxNorm }) };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    const { zThreshold, alpha, warmupSteps, eps, maxNorm } = config;
    return new cls({ mode: (config['mode'] as Named).name, zThreshold, alpha, warmupSteps, eps, maxNorm });
  }

  /** The norm over what it is scaled down to; at most 1 where it is not. */
  private ratio(norm: tf.Scalar, state: TransformState): tf.Scalar {
    const { zThreshold, eps, maxNorm } = this.options;
    const { mean, deviation } = statistics(state);
    const { isSpike, target } = this.judge(norm, state);
    const allowed = tf.add(mean, tf.mul(tf.add(deviation, eps), zThreshold));
    const within = tf.div(norm, tf.maximum(allowed, TINY));
    // By rounding it may pass 1 where the norm is no spike.
    const calm = tf.where(tf.greater(within, 1), 1, within);
    const own = tf.where(isSpike, tf.div(norm, tf.maximum(target, TINY)), calm);
    const known = tf.where(this.isWarmup(state), 0, own) as tf.Scalar;
    if (maxNorm === undefined) return known;
    const fixed = tf.div<tf.Scalar>(norm, maxNorm);
    return tf.where(tf.greater(known, fixed), known, fixed);
  }

  /** Whether a norm is an outlier, and what it is scaled down to then. */
  private judge(norm: tf.Scalar, state: TransformState): { isSpike: tf.Tensor; target: tf.Tensor } {
    const { mode, zThreshold, eps } = this.options;
    const { mean, deviation } = statistics(state);
    const limit = tf.add(mean, tf.mul(deviation, zThreshold));
    const z = tf.div(tf.sub(norm, mean), tf.add(deviation, eps));
    const isOutlier = mode === 'percentile' ? tf.greater(norm, limit) : tf.greater(z, zThreshold);
    const isSpike = tf.logicalAnd(isOutlier, tf.logicalNot(this.isWarmup(state)));
    if (mode === 'mean') return { isSpike, target: mean };
    if (mode === 'percentile') return { isSpike, target: limit };
    const excess = tf.div(tf.mul(deviation, zThreshold ** 2), tf.maximum(z, zThreshold));
    return { isSpike, target: tf.add(mean, excess) };
  }

  /** Moves mean and variance towards the norm, or to what it was scaled down to. */
  private remember(norm: tf.Scalar, state: TransformState): void {
    const { alpha, warmupSteps } = this.options;
    const { mean, variance } = statistics(state);
    const steps = state.shared('steps');
    const isWarmup = this.isWarmup(state);
    const { isSpike, target } = this.judge(norm, state);
    const usable = isUsable(norm);
    const seen = tf.where(usable, tf.where(isSpike, target, norm), mean);
    // With a share of 1 / (steps + 1) these are the mean and the variance of all so far (Welford 1962), without large sums.
    const share = tf.where(usable, tf.where(isWarmup, tf.div(1, tf.add(steps, 1)), 1 - alpha), 0);
    const kept = tf.sub(1, share);
    const delta = tf.sub(seen, mean);
    const squares = tf.mul(tf.mul(share, delta), tf.mul(tf.where(isWarmup, 1, kept), delta));
    variance.assign(tf.mul(kept, tf.add(variance, squares)));
    mean.assign(tf.add(mean, tf.mul(share, delta)));
    steps.assign(tf.minimum(tf.add(steps, tf.cast(usable, 'float32')), warmupSteps));
  }

  private isWarmup(state: TransformState): tf.Tensor {
    return tf.less(state.shared('steps'), this.options.warmupSteps);
  }
}
tf.serialization.registerClass(ZClip);

/**
 * Clips the norm of all gradients together where it is an outlier (ZClip, arXiv 2504.02507): more than `zThreshold` standard
 * deviations above the mean of those before it.
 *
 *     z = (norm - mean) / (deviation + eps)
 *     target = mean + zThreshold * deviation / (z / zThreshold)     reciprocal, if z > zThreshold
 *     target = mean                                                 mean, if z > zThreshold
 *     target = mean + zThreshold * deviation                        percentile, if the norm is above it
 *     g <- g * min(1, target / norm),  x = target, or the norm where it was no spike
 *     mean <- alpha * mean + (1 - alpha) * x,  variance <- alpha * variance + (1 - alpha) * (x - mean)^2
 *
 * The variance takes the new mean, as in the authors' code. The first `warmupSteps` norms are not clipped, and give the first mean and
 * the first variance, that of a population. `maxNorm` limits the norm besides and is not seen by the averages. Where the paper says nothing: a
 * norm of 0, or that is not finite, is not remembered, and is no step of the warm-up.
 *
 * Its state: `mean`, `variance` and `steps`, scalars for all variables together.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { withTransforms, zClip } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), zClip({ maxNorm: 1 }));
 * ```
 */
export function zClip(args: ZClipArgs = {}): ZClip {
  return new ZClip(args);
}

function statistics(state: TransformState) {
  const [mean, variance] = [state.shared('mean'), state.shared('variance')];
  return { mean, variance, deviation: tf.sqrt(variance) };
}
