import { anything, assertPositive, checkOptions } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { measureElements } from './measure-elements.js';

/** Options of {@link clipByValue}. */
export interface ClipByValueArgs {
  /** Largest allowed magnitude of an element, > 0. */
  readonly maxValue: number;
}

/** Clamps every element of every gradient; made by {@link clipByValue}. */
export class ClipByValue extends GradientTransform {
  static readonly className = 'ClipByValue';
  private readonly maxValue: number;

  constructor(args: ClipByValueArgs) {
    super();
    checkOptions<ClipByValueArgs>('clipByValue', args, { maxValue: anything });
    const { maxValue } = args;
    assertPositive('clipByValue', 'maxValue', maxValue);
    this.maxValue = maxValue;
  }

  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      return stacks.unstack(stacks.map((each) => this.clamp(each)));
    });
  }

  override measure(gradients: readonly ParamGradient[]): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureElements(gradients, () => {
      const sizes = new TensorStacks(gradients.map(({ grad }) => tf.abs(grad)));
      return {
        counts: sizes.reduce(tf.sum, (each) => tf.cast(tf.greater(each, this.maxValue), 'float32')),
        ratios: tf.div(
          sizes.reduce(tf.max, (each) => each),
          this.maxValue,
        ),
      };
    });
  }

  // Some backends make a bound of a NaN, and a step of that size in its place.
  private clamp(x: tf.Tensor): tf.Tensor {
    return tf.where(tf.isNaN(x), x, tf.clipByValue(x, -this.maxValue, this.maxValue));
  }

  getConfig(): tf.serialization.ConfigDict {
    return { maxValue: this.maxValue };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls({ maxValue: config['maxValue'] });
  }
}
tf.serialization.registerClass(ClipByValue);

/**
 * Clamps every element of the gradients to [-maxValue, maxValue]. It changes their direction; the other clippings do not, or
 * unit by unit. NaN stays NaN on every backend.
 *
 * @throws TypeError or RangeError if `maxValue` is not a finite number > 0.
 * @example
 * ```ts
 * import { clipByValue } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const weight = tf.variable(tf.tensor1d([1, 2]));
 * const [clipped] = clipByValue({ maxValue: 0.5 }).apply([{ param: weight, grad: tf.tensor1d([-3, 0.25]) }]);
 * clipped!.print(); // [-0.5, 0.25]
 * ```
 */
export function clipByValue(args: ClipByValueArgs): ClipByValue {
  return new ClipByValue(args);
}
