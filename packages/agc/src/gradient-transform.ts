import * as tf from '@tensorflow/tfjs-core';

/** A trainable variable and the gradient about to be applied to it, of one shape. */
export interface ParamGradient {
  readonly param: tf.Variable;
  readonly grad: tf.Tensor;
}

/**
 * Rewrites gradients before an optimizer applies them.
 *
 * Pure and stateless. To write one: extend this class, give it a static `className`, `getConfig` and `fromConfig`,
 * and pass it to `tf.serialization.registerClass`. `model.save` keeps texts in a config only under the key `name`.
 *
 * @example
 * ```ts
 * import { GradientTransform, type ParamGradient } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * class HalveGradients extends GradientTransform {
 *   static readonly className = 'HalveGradients';
 *   apply = (gradients: readonly ParamGradient[]) => gradients.map(({ grad }) => tf.mul(grad, 0.5));
 *   getConfig = () => ({});
 * }
 * tf.serialization.registerClass(HalveGradients);
 * ```
 */
export abstract class GradientTransform extends tf.serialization.Serializable {
  /**
   * Computes one gradient per input, in the same order and of the same shape.
   *
   * A gradient that does not change may be returned as it is; whatever else is made belongs to the caller.
   */
  abstract apply(gradients: readonly ParamGradient[]): tf.Tensor[];
}
