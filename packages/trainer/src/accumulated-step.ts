import type { Batch } from '@nfnets/data';
import { deriveSeed } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import { assertInteger } from './check-option.js';
import { applyGradients, lossGradients, type MaskSeed, type TrainingStep } from './training-step.js';

export interface AccumulatedStepArgs {
  /** Parts that a batch is cut into; must divide it. */
  readonly microBatches: number;
}

/**
 * A step that needs the memory of a part of its batch: the gradients of equal parts are averaged, then clipped and
 * applied once, which is the update of the whole batch but for rounding and masks.
 *
 * Every part draws masks of its own.
 *
 * @throws RangeError if `microBatches` is not a positive integer; the step does, if it does not divide the batch
 */
export function accumulatedStep({ microBatches }: AccumulatedStepArgs): TrainingStep {
  assertInteger('accumulatedStep', 'microBatches', microBatches, 1);
  return (state, batch, scalars) =>
    tf.tidy(() => {
      const parts = cut(batch, microBatches);
      let [loss, gradients] = [tf.scalar(0), {} as tf.NamedTensorMap];
      for (const [i, part] of parts.entries()) {
        // A tidy for each part: what its backward pass needed goes before the next one begins.
        const sums = tf.tidy(() => {
          const made = lossGradients(state, part, { ...scalars, seed: seedOfPart(scalars.seed, i) });
          const add = (sum: tf.Tensor | undefined, value: tf.Tensor) => (sum ? tf.add(sum, value) : value);
          const names = Object.keys(made.gradients);
          const added = names.map((name) => [name, add(gradients[name], made.gradients[name]!)] as const);
          return { loss: tf.add(loss, made.loss) as tf.Scalar, gradients: Object.fromEntries(added) };
        });
        tf.dispose([loss, gradients]);
        ({ loss, gradients } = sums);
      }
      const mean = ([name, sum]: [string, tf.Tensor]) => [name, tf.div(sum, microBatches)] as const;
      applyGradients(state, Object.fromEntries(Object.entries(gradients).map(mean)));
      return tf.div(loss, microBatches) as tf.Scalar;
    });
}

function cut({ images, labels }: Batch, parts: number): Batch[] {
  const samples = images.shape[0]!;
  if (samples % parts !== 0) {
    throw new RangeError(
      `accumulatedStep: \`microBatches\` (${parts}) must divide the samples of a batch (${samples}). Change one of them, or drop batches that are not full.`,
    );
  }
  const labelParts = tf.split(labels, parts);
  return tf.split(images, parts).map((part, i) => ({ images: part, labels: labelParts[i]! }));
}

function seedOfPart(seed: MaskSeed, part: number): MaskSeed {
  const derive = (value: number) => deriveSeed(value, 'part', part);
  return typeof seed === 'number' ? derive(seed) : (shape, values) => seed(shape, (value) => values(derive(value)));
}
