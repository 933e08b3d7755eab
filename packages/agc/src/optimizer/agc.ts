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
 * // The default suits batches of up to 512; the larger they are the less: 0.04 for 1024, 0.01 for 4096.
 * model.compile({ optimizer: agc(tf.train.adam(1e-3), { clipFactor: 0.04 }), loss: 'meanSquaredError' });
 * ```
 */
export function agc(optimizer: tf.Optimizer, options: AdaptiveGradClipArgs = {}): TransformedOptimizer {
  resolveClipOptions('agc', options);
  assertOptimizer('agc', optimizer);
  return withTransforms(optimizer, adaptiveGradClip(options));
}
