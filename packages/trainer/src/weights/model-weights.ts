import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { SMALL } from './tensor-sums.js';

/** The variables of all weights that hold floats, each once, layer by layer from the inputs on: also those that are not trained. */
export function floatWeights(model: LayersModel): tf.Variable[] {
  // By layers: the model's own list begins with what is trainable.
  const weights = model.layers.flatMap((layer) => layer.weights).map((weight) => weight.read() as tf.Variable);
  return [...new Set(weights)].filter(({ dtype }) => dtype === 'float32');
}

/**
 * The variables that a step may change: those that are trained, and of the others the small ones, as a layer may keep statistics in
 * them. A large one that is not trained stays as it is.
 */
export function changingWeights(model: LayersModel, trained: readonly tf.Variable[]): tf.Variable[] {
  const isTrained = new Set(trained);
  return floatWeights(model).filter((variable) => isTrained.has(variable) || variable.size <= SMALL);
}
