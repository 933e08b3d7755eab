import { assertInteger } from '@nfnets/options';
import { kernelSizeOf, planConvs } from '../plan/plan-convs.js';
import { planWeights } from '../plan/plan-weights.js';
import { assertSpec } from '../presets/assert-spec.js';
import type { ModelSpec } from '../presets/presets.js';

/**
 * Counts the trainable parameters of the model that `createModel(spec, { numClasses })` makes.
 *
 * @param spec A spec, such as a preset of {@link NFNET}.
 * @param numClasses Outputs of the classifier.
 * @throws TypeError or RangeError for what is no sound spec, or a number of classes that is none.
 * @example
 * ```ts
 * import { countParameters, NFNET } from '@nfnets/models';
 *
 * console.log(countParameters(NFNET.nfnet_f0, 1000)); // 71489284
 * ```
 */
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
