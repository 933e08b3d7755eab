import { checkOptions, numberIn, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link softmaxCrossEntropy}. */
export interface SoftmaxCrossEntropyOptions {
  /** Share `s` of the target spread over all K classes: `(1 - s) * target + s / K`. In [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  /** What the terms of the K classes are multiplied by, >= 0 each. Default 1. The mean stays one over the samples. */
  readonly classWeights?: readonly number[];
}

const atLeastZero = numberIn(0);
const RULES = {
  labelSmoothing: rule('in [0, 1)', (s) => typeof s === 'number' && s >= 0 && s < 1, 'number'),
  classWeights: rule(
    'an array with a finite number >= 0 for each class, not all 0',
    (weights) => Array.isArray(weights) && weights.every(atLeastZero.holds) && weights.some((w) => w > 0),
  ),
};

/** Throws for options of {@link softmaxCrossEntropy} that cannot be used. */
export function assertLossOptions(who: string, options: SoftmaxCrossEntropyOptions, numClasses: number): void {
  checkOptions<SoftmaxCrossEntropyOptions>(who, options, RULES);
  const { classWeights } = options;
  if (classWeights === undefined || classWeights.length === numClasses) return;
  throw new RangeError(
    `${who}: \`classWeights\` must have a number for each of the ${numClasses} classes, got ${classWeights.length}.`,
  );
}

/**
 * Computes the mean over the batch of `-sum(weight * target * log(softmax(logits)))`, a scalar, with its gradient
 * `(sum(weight * target) * softmax(logits) - weight * target) / batch` written out. Without `classWeights` the weights are 1.
 *
 * Infinite and NaN logits make the loss infinite or NaN: nothing is clamped.
 *
 * @param logits `[batch, K]`, float32
 * @param labels class numbers, int32 `[batch]`, in range (not checked: that would wait for the device; `train` does); or
 *   probabilities, float32 `[batch, K]`. Where they do not add up to one this is the cross-entropy by its formula all the same, with
 *   the sample counting by their sum.
 * @throws RangeError if shapes or options do not fit, TypeError if class numbers are not int32.
 * @example
 * ```ts
 * import { softmaxCrossEntropy } from '@nfnets/trainer';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const logits = tf.tensor2d([[4, 0, 0], [0, 4, 0]]);
 * const loss = softmaxCrossEntropy(logits, tf.tensor1d([0, 2], 'int32'), { labelSmoothing: 0.1 });
 * loss.print();
 * ```
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: SoftmaxCrossEntropyOptions = {},
): tf.Scalar {
  checkShapes(logits, labels);
  const [batch, numClasses] = logits.shape as [number, number];
  assertLossOptions('softmaxCrossEntropy', options, numClasses);
  const isWeighted = options.classWeights !== undefined;

  const loss = tf.customGrad((x, save) => {
    const logProbabilities = tf.logSoftmax(x as tf.Tensor);
    const targets = targetsOf(labels, numClasses, options);
    (save as tf.GradSaveFunc)([logProbabilities, targets]);
    const value = tf.div(tf.sum(tf.mul(logProbabilities, targets)), -batch);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logProbabilities, targets] = saved as [tf.Tensor, tf.Tensor];
        const probabilities = tf.exp(logProbabilities);
        // Those of class numbers add up to one.
        const areSurelyOne = labels.rank === 1 && !isWeighted;
        const expected = areSurelyOne ? probabilities : tf.mul(probabilities, tf.sum(targets, 1, true));
        return tf.mul(tf.sub(expected, targets), tf.div(dy, batch));
      },
    };
  });
  return tf.tidy(() => loss(logits)) as tf.Scalar;
}

/** The probabilities that the logits should give, smoothed and weighted. */
function targetsOf(
  labels: tf.Tensor,
  numClasses: number,
  { labelSmoothing = 0, classWeights }: SoftmaxCrossEntropyOptions,
): tf.Tensor {
  // Cast and smoothed here: on the wasm backend oneHot writes integers, also where floats are asked for.
  const given = labels.rank === 1 ? tf.cast(tf.oneHot(labels, numClasses), 'float32') : labels;
  const targets = labelSmoothing === 0 ? given : tf.add(tf.mul(given, 1 - labelSmoothing), labelSmoothing / numClasses);
  return classWeights ? tf.mul(targets, tf.tensor1d([...classWeights])) : targets;
}

function checkShapes(logits: tf.Tensor, labels: tf.Tensor): void {
  for (const [name, value] of Object.entries({ logits, labels })) {
    if (value instanceof tf.Tensor) continue;
    throw new TypeError(`softmaxCrossEntropy: \`${name}\` must be a tf.Tensor, got ${show(value)}.`);
  }
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
