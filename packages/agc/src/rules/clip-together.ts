import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureSizes } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { layerOf } from '../units/weight-name.js';

/** The measurement of a rule that scales all gradients together: each is a unit of the same ratio. */
export function measureTogether(gradients: readonly ParamGradient[], ratio: () => tf.Scalar): ClipMeasurement {
  return measureSizes(() => {
    const references = tf.ones([gradients.length]) as tf.Tensor1D;
    const runs = gradients.map(({ param }, index) => ({ layer: layerOf(param), units: 1, index }));
    return { sizes: tf.mul(ratio(), references), references, factor: 1, runs };
  });
}
