import * as tf from '@tensorflow/tfjs-core';
import { assertPositive } from './check-option.js';
import { GradientTransform, type ParamGradient } from './gradient-transform.js';
import { planStacks, stack, unstack } from './stack-by-shape.js';

export interface ClipByGlobalNormArgs {
  /** Largest allowed L2 norm of all gradients together, > 0. */
  readonly maxNorm: number;
}

/** Scales all gradients by one factor; made by {@link clipByGlobalNorm}. */
export class ClipByGlobalNorm extends GradientTransform {
  static readonly className = 'ClipByGlobalNorm';
  private readonly maxNorm: number;

  constructor({ maxNorm }: ClipByGlobalNormArgs) {
    super();
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
      // Exactly 1 below the limit, and where the norm is NaN, so that a NaN gradient shows.
      const factor = tf.where(tf.greater(norm, this.maxNorm), tf.div(this.maxNorm, norm), tf.onesLike(norm));
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
 * (Pascanu et al. 2013).
 *
 * @throws TypeError | RangeError if `maxNorm` is not a finite number > 0.
 */
export function clipByGlobalNorm(args: ClipByGlobalNormArgs): ClipByGlobalNorm {
  return new ClipByGlobalNorm(args);
}
