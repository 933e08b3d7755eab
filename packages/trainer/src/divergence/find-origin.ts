import type { Batch } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layersOf } from '../weights/layers-of.js';
import { floatWeights } from '../weights/model-weights.js';
import { layerOf, nonFiniteWeights } from '../weights/non-finite-weights.js';

/** Where the numbers of a network stop being finite. */
export interface Origin {
  /** Of images and labels the input and the output of the model. */
  readonly layer: string;
  /** What is not finite: what the step is given, weights before it, or what the layer makes of inputs that are. */
  readonly where: 'images' | 'labels' | 'weights' | 'output';
}

/**
 * Finds the layer where a step whose loss is not finite went wrong, by a forward pass with the weights before it; undefined
 * if this pass is finite. Weights and outputs are as they were when it answers.
 *
 * Of several layers with weights that are not finite it names the one nearest to the output: a gradient spreads from there
 * to all before it.
 *
 * @param before Values of `variables` before the step
 * @param seed Of the step's masks
 */
export async function findOrigin(
  model: LayersModel,
  variables: readonly tf.Variable[],
  before: readonly tf.Tensor[],
  { images }: Batch,
  seed: number,
): Promise<Origin | undefined> {
  const broken = (await nonFiniteWeights(before)).map((index) => variables[index]!.name);
  if (broken.length > 0) return { layer: layerOf(broken.at(-1)!), where: 'weights' };
  // All weights: a forward pass moves the statistics of a normalization.
  const weights = [...new Set([...variables, ...floatWeights(model)])];
  const after = weights.map((variable) => tf.clone(variable));
  assignAll(variables, before);
  try {
    const layer = await firstNonFiniteOutput(model, () => model.apply(images, { training: true, seed }));
    return layer === undefined ? undefined : { layer, where: 'output' };
  } finally {
    assignAll(weights, after);
    tf.dispose(after);
  }
}

function assignAll(variables: readonly tf.Variable[], values: readonly tf.Tensor[]): void {
  for (const [i, variable] of variables.entries()) variable.assign(values[i]!);
}

/** Name of the first layer whose output is not finite while `run` applies the model. */
async function firstNonFiniteOutput(model: LayersModel, run: () => unknown): Promise<string | undefined> {
  const seen: { readonly layer: string; readonly zero: tf.Scalar }[] = [];
  const watched = layersOf(model);
  for (const layer of watched) {
    const call = layer.call;
    layer.call = (inputs, kwargs) => {
      const outputs = call.call(layer, inputs, kwargs);
      for (const output of [outputs].flat()) seen.push({ layer: layer.name, zero: zeroIfFinite(output) });
      return outputs;
    };
  }
  try {
    tf.tidy(() => {
      run();
    });
    const values = await Promise.all(seen.map(({ zero }) => zero.data()));
    return seen[values.findIndex(([value]) => value !== 0)]?.layer;
  } finally {
    // The layers' own method is their class's.
    for (const layer of watched) Reflect.deleteProperty(layer, 'call');
    tf.dispose(seen.map(({ zero }) => zero));
  }
}

/** 0, or NaN for a tensor with a value that is not finite. */
function zeroIfFinite(x: tf.Tensor): tf.Scalar {
  return tf.keep(tf.tidy(() => tf.sum(tf.mul(tf.cast(x, 'float32'), 0)) as tf.Scalar));
}
