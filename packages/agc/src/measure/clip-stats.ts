import * as tf from '@tensorflow/tfjs-core';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { paramGradients } from '../contract/param-gradients.js';
import { type AdaptiveGradClipArgs, resolveClipOptions } from '../rules/clip-options.js';
import { selectUnits } from '../units/select-units.js';
import { stackUnits, unitNorms } from '../units/unit-stacks.js';
import { parseWeightName } from '../units/weight-name.js';

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
 * @param gradients Each with its variable, or by the names of the variables: the `grads` of `tf.variableGrads`.
 * @throws TypeError, RangeError or Error for options or gradients that cannot be used, as {@link adaptiveGradClip} does.
 * @example
 * ```ts
 * import { clipStats } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const weight = tf.variable(tf.ones([4, 3]), true, 'head/kernel');
 * const { grads } = tf.variableGrads(() => tf.sum(tf.square(weight)).asScalar());
 * console.log(await clipStats(grads)); // [{ layer: 'head', units: 3, clippedUnits: 3, largestRatio: 2 }]
 * ```
 */
export async function clipStats(
  gradients: readonly ParamGradient[] | tf.NamedTensorMap,
  options: AdaptiveGradClipArgs = {},
): Promise<LayerClipStats[]> {
  const { values, read } = measure('clipStats', gradients, options);
  try {
    return read(await values.data());
  } finally {
    values.dispose();
  }
}

/** Numbers measured in a step, and what they say once they are read. */
export interface ClipMeasurement {
  /** For the caller to dispose. */
  readonly values: tf.Tensor1D;
  /** Makes the figures of each layer of the numbers of `values`. */
  readonly read: (values: ArrayLike<number>) => LayerClipStats[];
}

/**
 * Makes a function that does in two parts what `clipStats` does at once: the tensors inside a training step, which may be
 * recorded and compiled, and the counting when they have been read. `train({ clipStats })` of `@nfnets/trainer` takes it.
 *
 * @throws TypeError or RangeError for options that cannot be used; the function it makes, Error if they do not fit the weights.
 * @example
 * ```ts
 * import { clipMeter } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const measure = clipMeter({ clipFactor: 0.01 });
 * const weight = tf.variable(tf.ones([4, 3]));
 * const { values, read } = measure([{ param: weight, grad: tf.zeros([4, 3]) }]);
 * const [layer] = read(await values.data());
 * ```
 */
export function clipMeter(
  options: AdaptiveGradClipArgs = {},
): (gradients: readonly ParamGradient[] | tf.NamedTensorMap) => ClipMeasurement {
  resolveClipOptions('clipMeter', options);
  return (gradients) => measure('clipMeter', gradients, options);
}

function measure(
  who: string,
  given: readonly ParamGradient[] | tf.NamedTensorMap,
  options: AdaptiveGradClipArgs,
): ClipMeasurement {
  const { clipFactor, eps, ...selection } = resolveClipOptions(who, options);
  const gradients = paramGradients(who, given);
  const units = selectUnits(who, gradients, selection).filter((unit) => unit !== undefined);
  if (units.length === 0) return { values: tf.tensor1d([]), read: () => [] };
  const members: { readonly layer: string; readonly units: number }[] = [];
  const norms = tf.tidy(() => {
    const stacks = stackUnits(units);
    for (const each of stacks) {
      for (const index of each.indices) {
        members.push({ layer: layerOf(units[index]!.param), units: each.units / each.indices.length });
      }
    }
    return tf.concat1d([unitNorms(stacks, 'grads'), unitNorms(stacks, 'params')]);
  });
  const names = units.map(({ param }) => layerOf(param));
  return { values: norms, read: (values) => countClipped(values, names, members, { clipFactor, eps }) };
}

/** Counts from the norms of the gradients of all units, and behind them those of their weights. */
function countClipped(
  values: ArrayLike<number>,
  names: readonly string[],
  members: readonly { readonly layer: string; readonly units: number }[],
  { clipFactor, eps }: { readonly clipFactor: number; readonly eps: number },
): LayerClipStats[] {
  const total = values.length / 2;
  const layers = new Map(names.map((name) => [name, { units: 0, clippedUnits: 0, largestRatio: 0 }]));
  let offset = 0;
  for (const member of members) {
    const stats = layers.get(member.layer)!;
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
