import { show } from '@nfnets/options';
import * as tfl from '@tensorflow/tfjs-layers';
import { assertLayersModel, assertNoMore } from '../build/assert-arguments.js';
import { tensorsOf } from './symbolic-graph.js';

/** A feature map of a network: the output of the last block of a stage. */
export interface FeatureInfo {
  /** From 0. */
  readonly stage: number;
  /** The layer that makes it. */
  readonly layer: string;
  /** Pixels of the image per pixel of the map, in each direction; sizes are rounded up. */
  readonly stride: number;
  readonly channels: number;
}

/**
 * Lists the feature maps that `features` can give, from the finest to the coarsest.
 *
 * A map is the sum that ends the last block of a stage, which the next stage's first block (behind the last stage: the
 * final convolution, or activation) reads: not activated but in ResNets with batch normalization. Stages of NF networks
 * begin where a shortcut has a convolution.
 *
 * @param model Of `createModel`, also folded, loaded, or with another head.
 * @throws Error when the model has no blocks under the names that `createModel` gives; TypeError for what is no model.
 * @example
 * ```ts
 * import { createModel, featureInfo } from '@nfnets/models';
 *
 * for (const { stage, stride, channels } of featureInfo(createModel('nf_resnet50', { numClasses: 1000 })))
 *   console.log(stage, stride, channels); // 0 4 256, then 1 8 512, 2 16 1024, 3 32 2048
 * ```
 */
export function featureInfo(model: tfl.LayersModel, ...further: never[]): FeatureInfo[] {
  assertNoMore('featureInfo', 'a model', further);
  return stageOutputs('featureInfo', model).map(({ tensor, stride }, stage) => ({
    stage,
    layer: tensor.sourceLayer.name,
    stride,
    channels: tensor.shape.at(-1)!,
  }));
}

/**
 * Cuts a network for a detector or a segmenter: images to the feature maps of `stages`, in that order, each
 * `[batch, ceil(height / stride), ceil(width / stride), channels]` of `featureInfo`; a list of them when there are several.
 *
 * It shares the layers and the weights of `model`: dispose one of the two. What is behind the last map is not computed.
 *
 * @param model Of {@link createModel}, also folded, loaded, or with another head.
 * @param stages From 0. Default all.
 * @throws RangeError when a stage does not exist; TypeError for what is no model.
 * @example
 * ```ts
 * import { createModel, features } from '@nfnets/models';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const backbone = features(createModel('nf_resnet50', { numClasses: 1000 }), [1, 2, 3]); // strides 8, 16 and 32
 * const [fine, middle, coarse] = backbone.predict(tf.zeros([1, 256, 256, 3])) as tf.Tensor4D[];
 * ```
 */
export function features(model: tfl.LayersModel, stages?: readonly number[], ...further: never[]): tfl.LayersModel {
  const outputs = stageOutputs('features', model);
  assertNoMore('features', 'a model and a list of stages, whose strides `featureInfo` tells', further);
  if (stages !== undefined && !Array.isArray(stages)) {
    throw new TypeError(`features: \`stages\` must be a list such as [1, 2, 3], got ${show(stages)}.`);
  }
  const wanted = stages ?? outputs.map((_, stage) => stage);
  const isKnown = (stage: number) => outputs[stage] !== undefined;
  if (wanted.length === 0 || new Set(wanted).size < wanted.length || !wanted.every(isKnown)) {
    throw new RangeError(
      `features: \`stages\` must be different numbers from 0 to ${outputs.length - 1}, got [${wanted.join(', ')}].`,
    );
  }
  return tfl.model({ inputs: model.inputs, outputs: wanted.map((stage) => outputs[stage]!.tensor) });
}

interface Map2D {
  readonly tensor: tfl.SymbolicTensor;
  readonly stride: number;
}

/** The last tensor of each stage. */
function stageOutputs(who: string, model: tfl.LayersModel): Map2D[] {
  assertLayersModel(who, model);
  const tensors = tensorsOf(model);
  const strides = new Map<tfl.SymbolicTensor, number>();
  const blocks: { name: string; stage: number; last: Map2D }[] = [];
  let stage = -1;
  const projecting = new Set(
    tensors.flatMap(({ sourceLayer: { name } }) => (name.endsWith('/conv_shortcut') ? [blockOf(name)!.name] : [])),
  );
  for (const tensor of tensors) {
    const { sourceLayer: layer, inputs } = tensor;
    // Of several inputs, all but the weights of an attention have the size of the first.
    const stride = inputs.length === 0 ? 1 : strides.get(inputs[0]!)! * strideOf(layer);
    strides.set(tensor, stride);
    const block = blockOf(layer.name);
    if (block === undefined) continue;
    const last = { tensor, stride };
    const current = blocks.at(-1);
    if (current?.name === block.name) {
      current.last = last;
      continue;
    }
    stage = block.stage ?? (blocks.length === 0 || projecting.has(block.name) ? stage + 1 : stage);
    blocks.push({ name: block.name, stage, last });
  }
  if (blocks.length === 0) {
    throw new Error(
      'features: `model` must have the blocks of createModel, such as "nf_block_0/conv0", "layer1.0.conv1" or "blocks.0.0.project".',
    );
  }
  return Array.from({ length: stage + 1 }, (_, i) => blocks.findLast((block) => block.stage === i)!.last);
}

/** The block that a layer belongs to, by its name, and the stage where the name tells it. */
function blockOf(layer: string): { readonly name: string; readonly stage?: number } | undefined {
  const [name, resNetStage, efficientNetStage] =
    layer.match(/^(?:nf_block_\d+(?=\/)|layer(\d+)\.\d+(?=\.)|blocks\.(\d+)\.\d+(?=\.))/) ?? [];
  if (name === undefined) return undefined;
  if (resNetStage !== undefined) return { name, stage: Number(resNetStage) - 1 };
  return efficientNetStage === undefined ? { name } : { name, stage: Number(efficientNetStage) };
}

function strideOf(layer: tfl.layers.Layer): number {
  if (['HalvingAveragePool', 'HalvingMaxPool'].includes(layer.getClassName())) return 2;
  const { strides = 1 } = layer.getConfig() as { strides?: number | number[] };
  return Array.isArray(strides) ? strides[0]! : strides;
}
