import { assertInteger } from '@nfnets/options';
import { assertSpec } from './assert-spec.js';
import { kernelSizeOf, planConvs } from './plan-convs.js';
import { planWeights } from './plan-weights.js';
import type { ModelSpec } from './presets.js';

/** Counts the trainable parameters of the model that `createModel(spec, { numClasses })` makes. */
export function countParameters(spec: ModelSpec, numClasses: number): number {
  assertSpec('countParameters', spec);
  assertInteger('countParameters', 'numClasses', numClasses, 1);
  if (spec.family !== 'resnet' && spec.family !== 'efficientnet') {
    const sizes = planWeights(spec, numClasses).map(({ shape }) => shape.reduce((product, side) => product * side, 1));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
  return planConvs(spec, numClasses).reduce(
    (sum, conv) => sum + kernelSizeOf(conv) + conv.perChannel * conv.outChannels,
    0,
  );
}
