import type * as tf from '@tensorflow/tfjs-core';
import { adaptiveGradClip } from '../rules/adaptive-grad-clip.js';
import { type AdaptiveGradClipArgs, resolveClipOptions } from '../rules/clip-options.js';
import { assertOptimizer, type TransformedOptimizer, withTransforms } from './transformed-optimizer.js';

/**
 * `optimizer` with adaptive gradient clipping in front: `withTransforms(optimizer, adaptiveGradClip(options))`.
 *
 * @param optimizer Any tf optimizer; it keeps the state and applies the clipped gradients.
 * @throws TypeError or RangeError for an argument that cannot be used; in a step, Error for a name that fits nothing or a weight
 * whose units cannot be told.
 * @example
 * ```ts
 * import { agc } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const model = tf.sequential({ layers: [tf.layers.dense({ name: 'head', units: 10, inputShape: [784] })] });
 * // 0.16 suits batches of 32; the default of 0.01 those of 1024.
 * model.compile({ optimizer: agc(tf.train.adam(1e-3), { clipFactor: 0.16 }), loss: 'meanSquaredError' });
 * ```
 */
export function agc(optimizer: tf.Optimizer, options: AdaptiveGradClipArgs = {}): TransformedOptimizer {
  resolveClipOptions('agc', options);
  assertOptimizer('agc', optimizer);
  return withTransforms(optimizer, adaptiveGradClip(options));
}
