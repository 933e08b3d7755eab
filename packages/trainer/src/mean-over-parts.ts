import { type Batch, deriveSeed } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import type { LossGradients, MaskSeed, StepScalars } from './training-step.js';

/**
 * Computes the mean of loss and gradients over `microBatches` equal parts of a batch, with the memory of one part.
 *
 * Every part draws masks of its own; a single part has those of the batch.
 *
 * @throws RangeError if `microBatches` does not divide the batch
 */
export function meanOverParts(
  who: string,
  microBatches: number,
  batch: Batch,
  scalars: StepScalars,
  compute: (part: Batch, scalars: StepScalars) => LossGradients,
): LossGradients {
  if (microBatches === 1) return compute(batch, scalars);
  let [loss, gradients] = [tf.scalar(0), {} as tf.NamedTensorMap];
  for (const [i, part] of cut(who, batch, microBatches).entries()) {
    // A tidy for each part: what its backward pass needed goes before the next one begins.
    const sums = tf.tidy(() => {
      const made = compute(part, { ...scalars, seed: seedOfPart(scalars.seed, i) });
      const add = (sum: tf.Tensor | undefined, value: tf.Tensor) => (sum ? tf.add(sum, value) : value);
      const names = Object.keys(made.gradients);
      const added = names.map((name) => [name, add(gradients[name], made.gradients[name]!)] as const);
      return { loss: tf.add(loss, made.loss) as tf.Scalar, gradients: Object.fromEntries(added) };
    });
    tf.dispose([loss, gradients]);
    ({ loss, gradients } = sums);
  }
  const mean = ([name, sum]: [string, tf.Tensor]) => [name, tf.div(sum, microBatches)] as const;
  return { loss: tf.div(loss, microBatches), gradients: Object.fromEntries(Object.entries(gradients).map(mean)) };
}

function cut(who: string, { images, labels }: Batch, parts: number): Batch[] {
  const samples = images.shape[0]!;
  if (samples % parts !== 0) {
    throw new RangeError(
      `${who}: \`microBatches\` (${parts}) must divide the samples of a batch (${samples}). Change one of them, or drop batches that are not full.`,
    );
  }
  const labelParts = tf.split(labels, parts);
  return tf.split(images, parts).map((part, i) => ({ images: part, labels: labelParts[i]! }));
}

function seedOfPart(seed: MaskSeed, part: number): MaskSeed {
  const derive = (value: number) => deriveSeed(value, 'part', part);
  return typeof seed === 'number' ? derive(seed) : (shape, values) => seed(shape, (value) => values(derive(value)));
}
