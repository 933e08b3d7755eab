import { checkOptions, numberIn } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import type { TransformState } from '../contract/transform-state.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { LARGEST, TINY } from './clip-ratios.js';
import { measureElements } from './measure-elements.js';

/** Options of {@link adaClip}. */
export interface AdaClipArgs {
  /** How much of a mean is kept in a step, in [0, 1]. Default 0.999. */
  readonly gamma3?: number;
}

/** Clips the elements of each gradient against the mean of its largest ones; made by {@link adaClip}. */
export class AdaClip extends GradientTransform {
  static readonly className = 'AdaClip';
  private readonly gamma3: number;

  constructor(args: AdaClipArgs = {}) {
    super();
    checkOptions<AdaClipArgs>(
      'adaClip',
      args,
      { gamma3: numberIn(0, 1) },
      { instead: { theta: 'It is `gamma3` here.' } },
    );
    this.gamma3 = args.gamma3 ?? 0.999;
  }

  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      const largest = largestOf(stacks);
      const averages = this.next(largest, gradients, state);
      for (const [i, value] of tf.unstack(averages).entries()) averageOf(gradients[i]!, state).assign(value);
      const means = meansOf(averages);
      const limits = stacks.spread(means);
      // Where nothing is known, or a NaN is among them, nothing is scaled.
      const isScale = tf.logicalAnd(tf.greater(largest, 0), tf.greater(means, 0));
      const factors = stacks.spread(tf.where(isScale, tf.div(means, tf.maximum(largest, TINY)), 1) as tf.Tensor1D);
      return stacks.unstack(
        stacks.map((each, i) => {
          // 1 or 0: without a choice between elements this is, compiled, one pass over them.
          const above = tf.sign(tf.relu(tf.sub(tf.abs(each), limits[i]!)));
          return tf.add(tf.mul(each, tf.sub(1, above)), tf.mul(tf.mul(each, factors[i]!), above));
        }),
      );
    });
  }

  override measure(gradients: readonly ParamGradient[], state: TransformState): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureElements(gradients, () => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      const largest = largestOf(stacks);
      const means = meansOf(this.next(largest, gradients, state));
      const limits = stacks.spread(means);
      const counts = stacks.reduce(tf.sum, (each, i) => tf.cast(isAbove(each, limits[i]!), 'float32'));
      const ratios = tf.where(tf.greater(means, 0), tf.div(largest, tf.maximum(means, TINY)), 0) as tf.Tensor1D;
      return { counts, ratios };
    });
  }

  getConfig(): tf.serialization.ConfigDict {
    return { gamma3: this.gamma3 };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { gamma3 }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ gamma3 });
  }

  /** The averages with the largest elements of this step, [gradients, 2]; of what is 0 or not finite nothing is learnt. */
  private next(largest: tf.Tensor1D, gradients: readonly ParamGradient[], state: TransformState): tf.Tensor2D {
    const averages = tf.stack(gradients.map((each) => averageOf(each, state))) as tf.Tensor2D;
    const isKnown = tf.logicalAnd(tf.greater(largest, 0), tf.less(largest, LARGEST));
    const seen = tf.where(isKnown, largest, 0);
    const kept = tf.expandDims(tf.where(isKnown, this.gamma3, 1), 1);
    const added = tf.expandDims(tf.where(isKnown, 1 - this.gamma3, 0), 1);
    const pairs = tf.stack([seen, tf.onesLike(seen)], 1);
    return tf.add(tf.mul(averages, kept), tf.mul(pairs, added));
  }
}
tf.serialization.registerClass(AdaClip);

/**
 * Clips the elements of each gradient against the mean of its largest ones (AdaClip of Stable-SPAM, arXiv 2502.17055).
 *
 *     T <- gamma3 * T + (1 - gamma3) * max|g|,  limit = T / (1 - gamma3^t)
 *     g <- g / max|g| * limit  where |g| > limit
 *
 * for each variable by itself, the present gradient included. Unlike the authors' code, a gradient of zeros, or whose largest element is
 * not finite, is not remembered, and no momentum is set back. {@link adaGN} behind it makes what Stable-SPAM hands to Adam.
 *
 * Its state: `largest` of each variable, [2]: `T`, and `1 - gamma3^t` averaged alike, which single precision would not leave of a power.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { adaClip, adaGN, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), adaClip(), adaGN());
 * ```
 */
export function adaClip(args: AdaClipArgs = {}): AdaClip {
  return new AdaClip(args);
}

const averageOf = ({ param }: ParamGradient, state: TransformState) => state.of(param, 'largest', () => tf.zeros([2]));
const itself = (each: tf.Tensor) => each;
const largestOf = (stacks: TensorStacks) =>
  tf.maximum<tf.Tensor1D>(stacks.reduce(tf.max, itself), tf.neg(stacks.reduce(tf.min, itself)));
const isAbove = (grads: tf.Tensor, limits: tf.Tensor) =>
  tf.logicalAnd(tf.greater(tf.abs(grads), limits), tf.greater(limits, 0));

/** The means of their largest elements, [gradients]; 0 where there is none yet. */
function meansOf(averages: tf.Tensor2D): tf.Tensor1D {
  const [sums, weights] = tf.unstack(averages, 1) as [tf.Tensor1D, tf.Tensor1D];
  return tf.div(sums, tf.maximum(weights, TINY));
}
