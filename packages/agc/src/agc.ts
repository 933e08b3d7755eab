import type * as tf from '@tensorflow/tfjs-core';
import { adaptiveGradClip } from './adaptive-grad-clip.js';
import { type AdaptiveGradClipArgs, resolveClipOptions } from './clip-options.js';
import { assertOptimizer, type TransformedOptimizer, withTransforms } from './transformed-optimizer.js';

/**
 * `optimizer` with adaptive gradient clipping in front: `withTransforms(optimizer, adaptiveGradClip(options))`.
 *
 * @throws as those two do.
 */
export function agc(optimizer: tf.Optimizer, options: AdaptiveGradClipArgs = {}): TransformedOptimizer {
  resolveClipOptions('agc', options);
  assertOptimizer('agc', optimizer);
  return withTransforms(optimizer, adaptiveGradClip(options));
}
