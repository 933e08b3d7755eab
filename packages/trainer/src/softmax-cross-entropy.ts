import * as tf from '@tensorflow/tfjs-core';
import { assertInRange, show } from './check-option.js';

export interface SoftmaxCrossEntropyOptions {
  /** Share `s` of the target spread over all K classes: `(1 - s) * target + s / K`. In [0, 1), default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Computes the mean over the batch of `-sum(target * log(softmax(logits)))`, a scalar, with its gradient
 * `(softmax(logits) - target) / batch` written out.
 *
 * Infinite and NaN logits make the loss infinite or NaN: nothing is clamped.
 *
 * @param logits `[batch, K]`, float32
 * @param labels class numbers, int32 `[batch]`, in range (not checked: that would wait for the device); or
 *   probabilities that add up to one, float32 `[batch, K]`
 * @throws RangeError if shapes do not fit, TypeError if class numbers are not int32
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { labelSmoothing = 0 }: SoftmaxCrossEntropyOptions = {},
): tf.Scalar {
  assertInRange('softmaxCrossEntropy', 'labelSmoothing', labelSmoothing, 0, 1);
  checkShapes(logits, labels);
  const [batch, numClasses] = logits.shape as [number, number];

  const loss = tf.customGrad((x, save) => {
    const logProbabilities = tf.logSoftmax(x as tf.Tensor);
    const targets = smoothTargets(labels, numClasses, labelSmoothing);
    (save as tf.GradSaveFunc)([logProbabilities, targets]);
    const value = tf.div(tf.sum(tf.mul(logProbabilities, targets)), -batch);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logProbabilities, targets] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.sub(tf.exp(logProbabilities), targets), tf.div(dy, batch));
      },
    };
  });
  return tf.tidy(() => loss(logits)) as tf.Scalar;
}

function smoothTargets(labels: tf.Tensor, numClasses: number, smoothing: number): tf.Tensor {
  // Cast and smoothed here: on the wasm backend oneHot writes integers, also where floats are asked for.
  const targets = labels.rank === 1 ? tf.cast(tf.oneHot(labels, numClasses), 'float32') : labels;
  return smoothing === 0 ? targets : tf.add(tf.mul(targets, 1 - smoothing), smoothing / numClasses);
}

function checkShapes(logits: tf.Tensor, labels: tf.Tensor): void {
  const [batch, numClasses] = logits.shape;
  if (logits.rank !== 2) {
    throw new RangeError(`softmaxCrossEntropy: \`logits\` must be [batch, classes], got ${show(logits.shape)}.`);
  }
  const fits = labels.rank === 1 ? labels.shape[0] === batch : show(labels.shape) === show(logits.shape);
  if (!fits) {
    throw new RangeError(
      `softmaxCrossEntropy: \`labels\` must be [${batch}] or [${batch}, ${numClasses}] for these logits, got ${show(labels.shape)}.`,
    );
  }
  if (labels.rank === 1 && labels.dtype !== 'int32') {
    throw new TypeError(
      `softmaxCrossEntropy: \`labels\` of rank 1 must be int32 class numbers, got ${labels.dtype}. Use tf.tensor1d(labels, 'int32').`,
    );
  }
}
