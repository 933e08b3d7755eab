import { checkOptions, numberIn, positive } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import type { TransformState } from '../contract/transform-state.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { isUsable, TINY } from './clip-ratios.js';

/** Options of {@link adaGN}. */
export interface AdaGNArgs {
  /** How much of the mean norm is kept in a step, in [0, 1]. Default 0.7. */
  readonly gamma1?: number;
  /** How much of the mean square of the norm is kept in a step, in [0, 1]. Default 0.9. */
  readonly gamma2?: number;
  /** What is added to the root of that as a divisor, > 0. Default 1e-8. */
  readonly eps?: number;
}

/** Gives each gradient a norm made of its norms so far; made by {@link adaGN}. */
export class AdaGN extends GradientTransform {
  static readonly className = 'AdaGN';
  private readonly options: Required<AdaGNArgs>;

  constructor(args: AdaGNArgs = {}) {
    super();
    checkOptions<AdaGNArgs>('adaGN', args, { gamma1: numberIn(0, 1), gamma2: numberIn(0, 1), eps: positive });
    const { gamma1 = 0.7, gamma2 = 0.9, eps = 1e-8 } = args;
    this.options = { gamma1, gamma2, eps };
  }

  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      const norms = stacks.norms();
      const averages = this.next(norms, gradients, state);
      for (const [i, value] of tf.unstack(averages).entries()) averageOf(gradients[i]!, state).assign(value);
      const factors = tf.div(this.sizes(averages), tf.maximum(norms, TINY));
      // Neither zeros nor a gradient with a NaN are scaled.
      return stacks.scale(tf.where(tf.greater(norms, 0), factors, 1) as tf.Tensor1D);
    });
  }

  getConfig(): tf.serialization.ConfigDict {
    return { ...this.options };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { gamma1, gamma2, eps }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ gamma1, gamma2, eps });
  }

  /** The averages with the norms of this step, [gradients, 4]; of what is 0 or not finite nothing is learnt. */
  private next(norms: tf.Tensor1D, gradients: readonly ParamGradient[], state: TransformState): tf.Tensor {
    const { gamma1, gamma2 } = this.options;
    const usable = isUsable(norms);
    const seen = tf.where(usable, norms, 0);
    const ones = tf.onesLike(seen);
    const news = tf.stack([seen, ones, tf.square(seen), ones], 1);
    const isNew = tf.expandDims(tf.cast(usable, 'float32'), 1);
    // How much goes of an average: nothing where nothing is learnt.
    const shares = tf.mul(isNew, tf.tensor2d([[1 - gamma1, 1 - gamma1, 1 - gamma2, 1 - gamma2]]));
    const averages = tf.stack(gradients.map((each) => averageOf(each, state)));
    return tf.add(tf.mul(averages, tf.sub(1, shares)), tf.mul(news, shares));
  }

  /** The norms that gradients get, [gradients]. */
  private sizes(averages: tf.Tensor): tf.Tensor1D {
    const [sum, weight, squares, squaresWeight] = tf.unstack(averages, 1) as tf.Tensor1D[];
    const mean = tf.div(sum!, tf.maximum(weight!, TINY));
    const square = tf.div(squares!, tf.maximum(squaresWeight!, TINY));
    return tf.div(mean, tf.add(tf.sqrt(square), this.options.eps));
  }
}
tf.serialization.registerClass(AdaGN);

/**
 * Gives each gradient a norm made of its norms so far (AdaGN of Stable-SPAM, arXiv 2502.17055, by itself GradientStabilizer in the
 * third version of the paper).
 *
 *     mean <- gamma1 * mean + (1 - gamma1) * |g|,  square <- gamma2 * square + (1 - gamma2) * |g|^2
 *     g <- g / |g| * (mean / (1 - gamma1^t)) / (sqrt(square / (1 - gamma2^t)) + eps)
 *
 * for each variable by itself, the present gradient included. The norm is about 1 whatever that of the gradient is, and less where norms
 * jump: made for optimizers such as Adam that take no notice of it; with SGD every variable moves by the learning rate. Unlike the authors' code, a gradient of
 * zeros, or whose norm is not finite, is not remembered.
 *
 * It limits nothing and has no measure. Its state: `norms` of each variable, [4]: both averages, each followed by `1 - gamma^t` averaged alike.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { adaClip, adaGN, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), adaClip(), adaGN({ gamma1: 0.85 }));
 * ```
 */
export function adaGN(args: AdaGNArgs = {}): AdaGN {
  return new AdaGN(args);
}

const averageOf = ({ param }: ParamGradient, state: TransformState) => state.of(param, 'norms', () => tf.zeros([4]));
