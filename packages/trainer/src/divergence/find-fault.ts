import type { Batch } from '@nfnets/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { floatWeights } from '../weights/model-weights.js';
import { areFinite, layerOf, nonFiniteWeights } from '../weights/non-finite-weights.js';
import type { DivergenceKind } from './divergence.js';
import { findOrigin, type Origin } from './find-origin.js';

/** What of a step is not finite. */
export interface Fault {
  readonly kind: DivergenceKind;
  readonly reason: string;
  readonly layer?: string;
}

/** A step that was made, and that may be at fault. */
export interface SuspectStep {
  readonly model: LayersModel;
  readonly variables: readonly tf.Variable[];
  readonly batch: Batch;
  /** Of the step's masks. */
  readonly seed: number;
  readonly loss: number;
  /** Sum of the gradient of the first variable. */
  readonly gradientSum: number;
  /** Values of `variables` before the step, where they were kept. */
  readonly before?: readonly tf.Tensor[] | undefined;
}

/**
 * Tells what of a step is not finite, and in which layer that began; undefined where all is, as a sum may overflow.
 *
 * Looks at the images, at a forward pass with the weights before the step if they were kept, and at the weights after it, of which it
 * names the layer nearest to the output: from there a gradient spreads to all before it.
 */
export async function findFault(step: SuspectStep): Promise<Fault | undefined> {
  const { model, variables, batch, loss, seed, gradientSum, before } = step;
  const weights = floatWeights(model);
  const weight = (await nonFiniteWeights(weights)).map((index) => weights[index]!.name).at(-1);
  const isLost = !Number.isFinite(loss);
  if (!isLost && weight === undefined && Number.isFinite(gradientSum)) return undefined;
  const origin =
    (await brokenInput(model, batch)) ?? (before && (await findOrigin(model, variables, before, batch, seed)));
  const cause = origin && `: ${describeOrigin(origin)}`;
  if (isLost) {
    const after = weight === undefined ? '' : `; after the step the weight \`${weight}\` is not finite either`;
    return fault('non-finite-loss', `the loss is ${loss}${cause ?? after}`, origin?.layer ?? layerNamed(weight));
  }
  if (weight !== undefined) {
    const layer = origin?.layer ?? layerOf(weight);
    return fault('non-finite-weight', `the weight \`${weight}\` is not finite${cause ?? ''}`, layer);
  }
  const layer = layerOf(variables[0]!.name);
  const reason = `the gradient of the layer \`${layer}\` is not finite${cause ?? ''}`;
  return fault('non-finite-gradient', reason, origin?.layer ?? layer);
}

/** Where what a step is given is not finite. */
async function brokenInput(model: LayersModel, { images, labels }: Batch): Promise<Origin | undefined> {
  if (!areFinite(await images.data())) return { layer: model.inputNames[0]!, where: 'images' };
  if (!areFinite(await labels.data())) return { layer: model.outputNames[0]!, where: 'labels' };
  return undefined;
}

function describeOrigin({ layer, where }: Origin): string {
  switch (where) {
    case 'weights':
      return `the layer \`${layer}\` has weights that are not finite`;
    case 'output':
      return `the layer \`${layer}\` is the first whose output is not finite`;
    default:
      return `the ${where} of the batch are not finite`;
  }
}

function fault(kind: DivergenceKind, reason: string, layer: string | undefined): Fault {
  return { kind, reason, ...(layer !== undefined && { layer }) };
}

const layerNamed = (weight: string | undefined) => (weight === undefined ? undefined : layerOf(weight));
