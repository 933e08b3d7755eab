import { checkOptions, integerFrom, numberIn, positive } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import type { TransformState } from '../contract/transform-state.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { LARGEST, TINY } from './clip-ratios.js';
import { measureElements } from './measure-elements.js';

/** Options of {@link spikeClip}. */
export interface SpikeClipArgs {
  /** How many times its mean the square of an element may be, > 0. Default 5000. */
  readonly threshold?: number;
  /** How much of a mean is kept in a step, in [0, 1]. Default 0.999. */
  readonly beta?: number;
  /** Steps in which the means are found and nothing is clipped, an integer >= 0. Default 19: the authors' code clips from the twentieth on. */
  readonly warmupSteps?: number;
}

/** A limit that no element is above, and that leaves room for another in single precision. */
const UNLIMITED = 3e38;

/** Clips every element against the mean of its own squares; made by {@link spikeClip}. */
export class SpikeClip extends GradientTransform {
  static readonly className = 'SpikeClip';
  private readonly options: Required<SpikeClipArgs>;

  constructor(args: SpikeClipArgs = {}) {
    super();
    checkOptions<SpikeClipArgs>(
      'spikeClip',
      args,
      { threshold: positive, beta: numberIn(0, 1), warmupSteps: integerFrom(0) },
      { instead: { grad_accu_steps: 'It is `warmupSteps` here, one less.' } },
    );
    const { threshold = 5000, beta = 0.999, warmupSteps = 19 } = args;
    this.options = { threshold, beta, warmupSteps };
  }

  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const { beta, warmupSteps } = this.options;
      const grads = new TensorStacks(gradients.map(({ grad }) => grad));
      const variables = gradients.map(({ param }) => state.of(param, 'squares'));
      const means = new TensorStacks(variables);
      const steps = state.shared('steps');
      const isActive = tf.cast(tf.greaterEqual(steps, warmupSteps), 'float32');
      const clipped = grads.map((each, i) => {
        // Without a choice between elements: compiled, this is one pass over them.
        const isLimited = tf.mul(tf.sign(means.stacks[i]!), isActive);
        const limits = tf.add(this.limits(means.stacks[i]!), tf.mul(tf.sub(1, isLimited), UNLIMITED));
        return tf.mul(each, tf.div(limits, tf.maximum(tf.abs(each), limits)));
      });
      means.assign(variables, (each, i) => {
        const next = tf.add(tf.mul(each, beta), tf.mul(tf.square(clipped[i]!), 1 - beta));
        return tf.where(tf.less(next, LARGEST), next, each);
      });
      steps.assign(tf.minimum(tf.add(steps, 1), warmupSteps));
      return grads.unstack(clipped);
    });
  }

  override measure(gradients: readonly ParamGradient[], state: TransformState): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureElements(gradients, () => {
      const grads = new TensorStacks(gradients.map(({ grad }) => grad));
      const means = new TensorStacks(gradients.map(({ param }) => state.of(param, 'squares')));
      const isActive = tf.greaterEqual(state.shared('steps'), this.options.warmupSteps);
      const limits = means.map((each) => this.limits(each));
      const counts = grads.reduce(tf.sum, (each, i) => tf.cast(isAbove(each, limits[i]!), 'float32'));
      const ratios = grads.reduce(tf.max, (each, i) => ratioOf(each, limits[i]!));
      return { counts: tf.where(isActive, counts, 0), ratios: tf.where(isActive, ratios, 0) };
    });
  }

  getConfig(): tf.serialization.ConfigDict {
    return { ...this.options };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { threshold, beta, warmupSteps }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ threshold, beta, warmupSteps });
  }

  /** The largest size of each element; 0 where there is no limit yet. */
  private limits(means: tf.Tensor): tf.Tensor {
    return tf.mul(tf.sqrt(means), Math.sqrt(this.options.threshold));
  }
}
tf.serialization.registerClass(SpikeClip);

const isAbove = (grads: tf.Tensor, limits: tf.Tensor) =>
  tf.logicalAnd(tf.greater(tf.abs(grads), limits), tf.greater(limits, 0));

const ratioOf = (grads: tf.Tensor, limits: tf.Tensor) =>
  tf.where(tf.greater(limits, 0), tf.div(tf.abs(grads), tf.maximum(limits, TINY)), 0);

/**
 * Clips every element against the mean `v` of its own squares (the spike-aware clipping of SPAM, arXiv 2501.06842).
 *
 *     g <- sign(g) sqrt(threshold * v)  where g^2 > threshold * v,  v <- beta * v + (1 - beta) * g^2
 *
 * where `v` takes the clipped gradient and has no correction for its start at 0, as in the authors' code, which also leaves the first
 * steps alone. There `v` is Adam's own; here it is this transform's, and there is no momentum that is set back. An element whose `v` is 0 is not
 * clipped: it has had no gradient yet, and would get none ever after. What is not finite is not remembered; infinity becomes NaN.
 *
 * Its state: `squares` in the shape of each variable, and `steps`.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { spikeClip, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), spikeClip({ threshold: 1000 }));
 * ```
 */
export function spikeClip(args: SpikeClipArgs = {}): SpikeClip {
  return new SpikeClip(args);
}
