import { anything, assertPositive, checkOptions } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { planStacks, stack, unstack } from '../units/stack-by-shape.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { measureTogether } from './measure-gradients.js';

/** Options of {@link clipByGlobalNorm}. */
export interface ClipByGlobalNormArgs {
  /** Largest allowed L2 norm of all gradients together, > 0. */
  readonly maxNorm: number;
}

/** Scales all gradients by one factor; made by {@link clipByGlobalNorm}. */
export class ClipByGlobalNorm extends GradientTransform {
  static readonly className = 'ClipByGlobalNorm';
  private readonly maxNorm: number;

  constructor(args: ClipByGlobalNormArgs) {
    super();
    checkOptions<ClipByGlobalNormArgs>('clipByGlobalNorm', args, { maxNorm: anything });
    const { maxNorm } = args;
    assertPositive('clipByGlobalNorm', 'maxNorm', maxNorm);
    this.maxNorm = maxNorm;
  }

  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const plan = planStacks(gradients.map(({ grad }) => grad));
      const stacks = plan.map((indices) => stack(indices.map((index) => gradients[index]!.grad)));
      const squares = stacks.map((each) => tf.tidy(() => tf.sum(tf.square(each))));
      const norm = tf.sqrt(tf.sum(tf.stack(squares)));
      // Exactly 1 up to the limit. Comparing with NaN is false: one NaN makes all gradients NaN, as no direction is known.
      const factor = tf.where(tf.lessEqual(norm, this.maxNorm), tf.onesLike(norm), tf.div(this.maxNorm, norm));
      const scaled = new Array<tf.Tensor>(gradients.length);
      plan.forEach((indices, i) => {
        const parts = unstack(tf.mul(stacks[i]!, factor), indices.length);
        indices.forEach((index, j) => {
          scaled[index] = parts[j]!;
        });
      });
      return scaled;
    });
  }

  override measure(gradients: readonly ParamGradient[]): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureTogether(gradients, () =>
      tf.div(new TensorStacks(gradients.map(({ grad }) => grad)).globalNorm(), this.maxNorm),
    );
  }

  getConfig(): tf.serialization.ConfigDict {
    return { maxNorm: this.maxNorm };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls({ maxNorm: config['maxNorm'] });
  }
}
tf.serialization.registerClass(ClipByGlobalNorm);

/**
 * Scales all gradients by `min(1, maxNorm / norm)`, where `norm` is the L2 norm of all of them together
 * (Pascanu et al. 2013). A NaN in any of them makes all of them NaN, as in optax, torch and TensorFlow; an infinite element becomes
 * NaN and the others 0, as in optax and torch.
 *
 * @throws TypeError or RangeError if `maxNorm` is not a finite number > 0.
 * @example
 * ```ts
 * import { clipByGlobalNorm, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), clipByGlobalNorm({ maxNorm: 1 }));
 * ```
 */
export function clipByGlobalNorm(args: ClipByGlobalNormArgs): ClipByGlobalNorm {
  return new ClipByGlobalNorm(args);
}
