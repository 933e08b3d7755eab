import * as tf from '@tensorflow/tfjs-core';
import type { ClipMeasurement, LayerClipStats } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { layerOf } from '../units/weight-name.js';

/** What a rule that clips element by element tells of each gradient. */
export interface ElementFigures {
  /** How many elements are above their limits, [gradients]. */
  readonly counts: tf.Tensor1D;
  /** The largest size of an element over its limit, [gradients]. */
  readonly ratios: tf.Tensor1D;
}

/** The measurement of a rule whose units are elements: they are counted where they are, and two numbers of each gradient are read. */
export function measureElements(gradients: readonly ParamGradient[], make: () => ElementFigures): ClipMeasurement {
  const elements = gradients.map(({ param }) => ({ layer: layerOf(param), units: param.size }));
  const values = tf.tidy(() => {
    const { counts, ratios } = make();
    return tf.concat1d([counts, ratios]);
  });
  return { values, read: (numbers) => sumByLayer(numbers, elements) };
}

function sumByLayer(
  numbers: ArrayLike<number>,
  elements: readonly Pick<LayerClipStats, 'layer' | 'units'>[],
): LayerClipStats[] {
  const layers = new Map<string, LayerClipStats>();
  for (const [i, { layer, units }] of elements.entries()) {
    const before = layers.get(layer) ?? { layer, units: 0, clippedUnits: 0, largestRatio: 0 };
    layers.set(layer, {
      layer,
      units: before.units + units,
      clippedUnits: before.clippedUnits + numbers[i]!,
      largestRatio: Math.max(before.largestRatio, numbers[elements.length + i]!),
    });
  }
  return [...layers.values()];
}
