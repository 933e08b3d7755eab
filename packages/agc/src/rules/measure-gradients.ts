import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureSizes } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { layerOf } from '../units/weight-name.js';

/** The measurement of a rule whose units are whole gradients, by their sizes over their limits, [gradients]. */
export function measureGradients(gradients: readonly ParamGradient[], ratios: () => tf.Tensor1D): ClipMeasurement {
  return measureSizes(() => {
    const sizes = ratios();
    const runs = gradients.map(({ param }, index) => ({ layer: layerOf(param), units: 1, index }));
    return { sizes, references: tf.onesLike(sizes), factor: 1, runs };
  });
}

/** The measurement of a rule that scales all gradients together: each is a unit of the same ratio. */
export function measureTogether(gradients: readonly ParamGradient[], ratio: () => tf.Scalar): ClipMeasurement {
  return measureGradients(gradients, () => tf.mul(ratio(), tf.ones([gradients.length])));
}
