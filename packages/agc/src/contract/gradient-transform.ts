import * as tf from '@tensorflow/tfjs-core';
import type { ClipMeasurement } from './clip-measurement.js';
import type { TransformState } from './transform-state.js';

/** A trainable variable and the gradient about to be applied to it, of one shape. */
export interface ParamGradient {
  readonly param: tf.Variable;
  readonly grad: tf.Tensor;
}

/**
 * Rewrites gradients before an optimizer applies them.
 *
 * To write one: extend this class, give it a static `className`, `getConfig` and `fromConfig`, and pass it to
 * `tf.serialization.registerClass`. `model.save` keeps texts in a config only under the key `name`. What it has to remember from step to
 * step it keeps in the {@link TransformState} that it is given, and nowhere else; most need none and are pure.
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
   *
   * @param state What this transform remembers of the steps before; assigned in place. Variables without a gradient are not among
   * `gradients`, and what is kept for them is left alone.
   */
  abstract apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[];
  /**
   * Tells what `apply` would clip of these gradients, and changes nothing; transforms that clip have it. `clipMeter` asks for it.
   *
   * @param state as `apply` is about to get it
   */
  measure?(gradients: readonly ParamGradient[], state: TransformState): ClipMeasurement;
}
