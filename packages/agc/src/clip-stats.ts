import * as tf from '@tensorflow/tfjs-core';
import { type AdaptiveGradClipArgs, resolveClipOptions } from './clip-options.js';
import type { ParamGradient } from './gradient-transform.js';
import { selectUnits } from './select-units.js';
import { stackUnits, unitNorms } from './unit-stacks.js';
import { parseWeightName } from './weight-name.js';

/** How much adaptive clipping has to do in one layer. */
export interface LayerClipStats {
  /** Name of the layer, or of the variable where no layer made it. */
  readonly layer: string;
  /** Output units of all its weights; a bias, gain or scalar counts as one. */
  readonly units: number;
  /** Units whose gradient norm is above the limit. */
  readonly clippedUnits: number;
  /** Largest `gradNorm / max(paramNorm, eps)`; NaN if any is. Clipping starts where it passes `clipFactor`. */
  readonly largestRatio: number;
}

/**
 * Counts, for each layer, the units that `adaptiveGradClip(options)` would clip in `gradients`; excluded weights are
 * left out.
 *
 * Asynchronous because WebGPU cannot read tensors synchronously. Everything is computed before the call returns, so
 * the gradients may be disposed of at once, and the norms of all layers are read together.
 *
 * @throws as `adaptiveGradClip` does.
 */
export async function clipStats(
  gradients: readonly ParamGradient[],
  options: AdaptiveGradClipArgs = {},
): Promise<LayerClipStats[]> {
  const { clipFactor, eps, ...selection } = resolveClipOptions('clipStats', options);
  const units = selectUnits('clipStats', gradients, selection).filter((unit) => unit !== undefined);
  if (units.length === 0) return [];
  const { norms, members } = tf.tidy(() => {
    const stacks = stackUnits(units);
    return {
      norms: tf.concat1d([unitNorms(stacks, 'grads'), unitNorms(stacks, 'params')]),
      members: stacks.flatMap((each) =>
        each.indices.map((index) => ({ index, units: each.units / each.indices.length })),
      ),
    };
  });
  const values = await norms.data();
  norms.dispose();

  const total = values.length / 2;
  const layers = new Map(units.map(({ param }) => [layerOf(param), { units: 0, clippedUnits: 0, largestRatio: 0 }]));
  let offset = 0;
  for (const member of members) {
    const stats = layers.get(layerOf(units[member.index]!.param))!;
    stats.units += member.units;
    for (const end = offset + member.units; offset < end; offset++) {
      const gradNorm = values[offset]!;
      // In single precision, as the clipping itself decides.
      const floor = Math.max(values[total + offset]!, Math.fround(eps));
      if (gradNorm > Math.fround(floor * Math.fround(clipFactor))) stats.clippedUnits++;
      stats.largestRatio = Math.max(stats.largestRatio, gradNorm / floor);
    }
  }
  return [...layers].map(([layer, stats]) => ({ layer, ...stats }));
}

function layerOf({ name }: tf.Variable): string {
  return parseWeightName(name).layer || name;
}
