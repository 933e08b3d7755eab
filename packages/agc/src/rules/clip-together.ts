import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureSizes } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { layerOf } from '../units/weight-name.js';

/** Above every norm of numbers in single precision, whose squares must be finite. */
const LARGEST_NORM = 1.8e19;

/** Whether a norm may be remembered: NaN, infinity and 0 may not, since 0 would forbid all that follows. */
export function isUsable(norm: tf.Scalar): tf.Scalar {
  return tf.logicalAnd(tf.greater(norm, 0), tf.less(norm, LARGEST_NORM));
}

/** The measurement of a rule that scales all gradients together: each is a unit of the same ratio. */
export function measureTogether(gradients: readonly ParamGradient[], ratio: () => tf.Scalar): ClipMeasurement {
  return measureSizes(() => {
    const references = tf.ones([gradients.length]) as tf.Tensor1D;
    const runs = gradients.map(({ param }, index) => ({ layer: layerOf(param), units: 1, index }));
    return { sizes: tf.mul(ratio(), references), references, factor: 1, runs };
  });
}
