import { show } from '@nfnets/options';
import type * as tf from '@tensorflow/tfjs-core';
import type { ClipMeasurement, LayerClipStats } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { paramGradients } from '../contract/param-gradients.js';
import type { TransformedOptimizer } from '../optimizer/transformed-optimizer.js';
import { type AdaptiveGradClipArgs, type ClipOptions, resolveClipOptions } from '../rules/clip-options.js';
import { measureUnitwise } from '../rules/measure-unitwise.js';

/**
 * Counts, for each layer, the units that `adaptiveGradClip(options)` would clip in `gradients`; excluded weights are
 * left out. With `form: 'soft'` these are the units above the limit too.
 *
 * Asynchronous because WebGPU cannot read tensors synchronously. Everything is computed before the call returns, so
 * the gradients may be disposed of at once, and the norms of all layers are read together.
 *
 * @param gradients Each with its variable, or by the names of the variables: the `grads` of `tf.variableGrads`.
 * @throws TypeError, RangeError or Error for options or gradients that cannot be used, as {@link adaptiveGradClip} does; TypeError for
 * a `clipFactor` that changes with the steps, as here is none.
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

/**
 * Makes a function that measures in two parts: the tensors inside a training step, which may be recorded and compiled, and the counting
 * when they have been read. `train({ clipStats })` of `@nfnets/trainer` takes it.
 *
 * @param clipping An optimizer of {@link withTransforms}, whose first transform that clips is measured, by its own rule, on what those
 * before it make of the gradients; or options of {@link adaptiveGradClip}, whether or not it is used, whose `clipFactor` is a number. Default its default ones.
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
  clipping: AdaptiveGradClipArgs | TransformedOptimizer = {},
): (gradients: readonly ParamGradient[] | tf.NamedTensorMap) => ClipMeasurement {
  if (isTransformed(clipping)) return (gradients) => clipping.measure(paramGradients('clipMeter', gradients));
  resolveConstant('clipMeter', clipping);
  return (gradients) => measure('clipMeter', gradients, clipping);
}

// By its method: two copies of this package must understand each other.
function isTransformed(clipping: AdaptiveGradClipArgs | TransformedOptimizer): clipping is TransformedOptimizer {
  return typeof (clipping as Partial<TransformedOptimizer> | null)?.measure === 'function';
}

function measure(
  who: string,
  given: readonly ParamGradient[] | tf.NamedTensorMap,
  options: AdaptiveGradClipArgs,
): ClipMeasurement {
  const { clipFactor, ...limits } = resolveConstant(who, options);
  return measureUnitwise(who, paramGradients(who, given), limits, () => clipFactor);
}

function resolveConstant(who: string, options: AdaptiveGradClipArgs): ClipOptions & { readonly clipFactor: number } {
  const { clipFactor, ...rest } = resolveClipOptions(who, options);
  if (typeof clipFactor === 'number') return { clipFactor, ...rest };
  throw new TypeError(
    `${who}: \`clipFactor\` must be a number here, where no steps are counted, got ${show(clipFactor)}. Give that of the step, or measure by clipMeter(optimizer).`,
  );
}
