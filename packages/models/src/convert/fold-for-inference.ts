import { ScaledSum, SeededDropout, SkipGain, StochasticDepth } from '@nfnets/nf-blocks';
import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { assertLayersModel, assertNoMore } from '../build/assert-arguments.js';
import { type Absorbed, absorbs, type Folded, foldLayer, unscaled, type WeightSetter } from './fold-layer.js';
import { countReaders, tensorsOf } from './symbolic-graph.js';

/**
 * Makes the network that computes the same outputs in fewer operations, for inference alone.
 *
 * Scaled weight-standardized convolutions become plain ones; the factors of activations (gamma, beta) go into the
 * convolutions that read them, those of residual branches (alpha, skip gain) into the convolution or the attention
 * that ends the branch, batch normalization into the convolution before it; dropout and stochastic depth go. Factors
 * are moved only where that is an identity, so outputs differ by rounding alone. Layers keep their names, and tfjs's
 * own take the place of ours where there are any; layers that are not known are copied as they are.
 *
 * `model` is not changed. The new one has weights of its own, and is disposed by itself.
 *
 * @param model Of `createModel`, trained or loaded; also with another head, or cut by `features`.
 * @throws Error when a layer is applied more than once: its uses may need different weights; TypeError for what is no model.
 * @example
 * ```ts
 * import { createModel, foldForInference } from '@nfnets/models';
 *
 * const model = createModel('nfnet_f0', { numClasses: 1000 });
 * const folded = await foldForInference(model);
 * model.dispose();
 * await folded.save('file://nfnet_f0-folded'); // a tf.LayersModel like any other
 * ```
 */
export async function foldForInference(model: tfl.LayersModel, ...further: never[]): Promise<tfl.LayersModel> {
  assertLayersModel('foldForInference', model);
  assertNoMore('foldForInference', 'a model', further);
  const tensors = tensorsOf(model);
  assertAppliedOnce(tensors);
  const absorbed = planAbsorbed(model, tensors, await readSkipGains(tensors));

  const folded = new Map<tfl.SymbolicTensor, Folded>();
  const setters: WeightSetter[] = [];
  for (const tensor of tensors) {
    const inputs = tensor.inputs.map((input) => folded.get(input)!);
    folded.set(tensor, foldLayer(tensor, inputs, absorbed, setters));
  }
  const result = tfl.model({
    inputs: model.inputs.map((input) => folded.get(input)!.tensor),
    outputs: model.outputs.map((output) => unscaled(folded.get(output)!, `${output.sourceLayer.name}/scale`)),
    name: model.name,
  });
  for (const setWeights of setters) setWeights();
  return result;
}

/** Decides which sums and normalizations go into the layer that makes their input. */
function planAbsorbed(
  model: tfl.LayersModel,
  tensors: readonly tfl.SymbolicTensor[],
  gains: ReadonlyMap<tfl.layers.Layer, number>,
): Absorbed {
  const readers = countReaders(model, tensors);
  const affines: Absorbed['affines'] = new Map();
  const gone: Absorbed['gone'] = new Set();
  for (const { sourceLayer: layer, inputs } of tensors) {
    const isSum = layer instanceof SkipGain || layer instanceof ScaledSum;
    if (!isSum && layer.getClassName() !== 'BatchNormalization') continue;
    let input = inputs[0]!;
    while (isSum && isDropping(input.sourceLayer) && readers.get(input) === 1) input = input.inputs[0]!;
    const maker = input.sourceLayer;
    if (readers.get(input) !== 1 || affines.has(maker) || !absorbs(maker, isSum)) continue;
    const alpha = isSum ? (layer.getConfig()['alpha'] as number) : 1;
    affines.set(maker, isSum ? { factor: alpha * (gains.get(layer) ?? 1) } : { factor: 1, norm: layer });
    gone.add(layer);
  }
  return { affines, gone };
}

function isDropping(layer: tfl.layers.Layer): boolean {
  return layer instanceof StochasticDepth || layer instanceof SeededDropout;
}

/** Not at once where they are needed: some engines can only be read asynchronously. */
async function readSkipGains(tensors: readonly tfl.SymbolicTensor[]): Promise<Map<tfl.layers.Layer, number>> {
  const layers = tensors.map(({ sourceLayer }) => sourceLayer).filter((layer) => layer instanceof SkipGain);
  const read = async (layer: tfl.layers.Layer) => {
    const values = await (layer.weights[0]!.read() as tf.Scalar).data();
    return [layer, values[0]!] as const;
  };
  return new Map(await Promise.all(layers.map(read)));
}

function assertAppliedOnce(tensors: readonly tfl.SymbolicTensor[]): void {
  const seen = new Set<tfl.layers.Layer>();
  for (const { sourceLayer: layer } of tensors) {
    if (seen.has(layer)) {
      throw new Error(
        `foldForInference: \`model\` must apply each layer once, got "${layer.name}" twice. Give each use a layer of its own.`,
      );
    }
    seen.add(layer);
  }
}
