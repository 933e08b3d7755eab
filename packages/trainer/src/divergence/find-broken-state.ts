import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Evaluation } from '../evaluation/evaluate.js';
import type { Ema } from '../weights/ema.js';
import { floatWeights } from '../weights/model-weights.js';
import { layerOf, nonFiniteBySums, nonFiniteWeights } from '../weights/non-finite-weights.js';
import { layerOfSlot, withOptimizerState } from '../weights/optimizer-state.js';
import type { Fault } from './find-fault.js';

/** Why a run that is at the end of an epoch cannot go on: what of its state, or of what it was measured at, is not finite. */
export async function findBrokenState(
  { model, optimizer, ema }: { model: LayersModel; optimizer: tf.Optimizer; ema?: Ema },
  { evaluation, emaEvaluation }: { evaluation?: Evaluation; emaEvaluation?: Evaluation },
): Promise<Fault | undefined> {
  const weights = floatWeights(model);
  // All values, and not by a kernel: some backends' turn a NaN into 0.
  const weight = (await nonFiniteWeights(weights)).map((index) => weights[index]!.name).at(-1);
  if (weight !== undefined) {
    return { kind: 'non-finite-weight', layer: layerOf(weight), reason: `the weight \`${weight}\` is not finite` };
  }
  const average = ema && (await brokenAverage(ema));
  if (average !== undefined) {
    return { kind: 'non-finite-state', layer: layerOf(average), reason: `the average of \`${average}\` is not finite` };
  }
  const slot = await brokenSlot(optimizer);
  if (slot !== undefined) {
    const layer = layerOfSlot(slot);
    const reason = `\`${slot.replace(/^(weight\/\d+|own)\//, '')}\` of the optimizer is not finite`;
    return { kind: 'non-finite-state', ...(layer !== undefined && { layer }), reason };
  }
  for (const [found, of] of [
    [evaluation, ''],
    [emaEvaluation, ' of the averages'],
  ] as const) {
    if (!found || Number.isFinite(found.loss)) continue;
    return { kind: 'non-finite-evaluation', reason: `the evaluation's loss${of} is ${found.loss}` };
  }
  return undefined;
}

async function brokenAverage({ averages, variables }: Ema): Promise<string | undefined> {
  const broken = await nonFiniteBySums(averages);
  return broken.map((index) => variables[index]!.name).at(-1);
}

/** What an optimizer keeps for a variable, and is not finite: that variable stands still, or will be lost. */
async function brokenSlot(optimizer: tf.Optimizer): Promise<string | undefined> {
  let broken: string | undefined;
  const look = async (tensors: ReadonlyMap<string, tf.Tensor>) => {
    const floats = [...tensors].filter(([, { dtype }]) => dtype === 'float32');
    const [index] = await nonFiniteBySums(floats.map(([, tensor]) => tensor));
    if (index !== undefined) broken = floats[index]![0];
  };
  // One that does not tell its state cannot be looked into.
  await withOptimizerState(optimizer, look).catch(() => undefined);
  return broken;
}
