import { kernelSizeOf, planConvs } from '../plan/plan-convs.js';
import type { ModelSpec } from '../presets/presets.js';

/**
 * Counts the multiply-accumulates of one image of `size` x `size` pixels: of convolutions, of attention and of the
 * classifier, as papers do.
 */
export function countMacs(spec: ModelSpec, size: number, numClasses = 1000): number {
  return planConvs(spec, numClasses).reduce((sum, conv) => {
    const side = conv.halvings === 'pooled' ? 1 : Math.ceil(size / 2 ** conv.halvings);
    return sum + kernelSizeOf(conv) * side * side;
  }, 0);
}
