import { type Batch, deriveSeed } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import { seedOfMasks } from './seed-of-masks.js';
import type { LossGradients, MaskSeed, StepScalars } from './training-step.js';

/**
 * Computes the mean of loss and gradients over the samples of a batch in `microBatches` parts, with the memory of one part.
 *
 * Parts differ by a sample at most where `microBatches` does not divide the batch, and count by their samples; a batch with fewer
 * samples than that has a part for each. Every part draws masks of its own; a single part has those of the batch.
 */
export function meanOverParts(
  microBatches: number,
  batch: Batch,
  scalars: StepScalars,
  compute: (part: Batch, scalars: StepScalars) => LossGradients,
): LossGradients {
  const sizes = partSizes(batch.images.shape[0]!, microBatches);
  if (sizes.length === 1) return compute(batch, scalars);
  const areEqual = sizes.every((size) => size === sizes[0]);
  const counts = areEqual ? sizes.map(() => 1) : sizes;
  let [loss, gradients] = [tf.scalar(0), {} as tf.NamedTensorMap];
  for (const [i, part] of cut(batch, sizes).entries()) {
    // A tidy for each part: what its backward pass needed goes before the next one begins.
    const sums = tf.tidy(() => {
      const made = compute(part, { ...scalars, seed: seedOfPart(scalars.seed, i) });
      const counted = (mean: tf.Tensor) => (counts[i] === 1 ? mean : tf.mul(mean, counts[i]!));
      const add = (sum: tf.Tensor | undefined, mean: tf.Tensor) => (sum ? tf.add(sum, counted(mean)) : counted(mean));
      const names = Object.keys(made.gradients);
      const added = names.map((name) => [name, add(gradients[name], made.gradients[name]!)] as const);
      return { loss: add(loss, made.loss) as tf.Scalar, gradients: Object.fromEntries(added) };
    });
    tf.dispose([loss, gradients]);
    ({ loss, gradients } = sums);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = ([name, sum]: [string, tf.Tensor]) => [name, tf.div(sum, total)] as const;
  return { loss: tf.div(loss, total), gradients: Object.fromEntries(Object.entries(gradients).map(mean)) };
}

/** Samples of each of at most `parts` parts, as equal as whole samples can be: 7 in 3 parts are 3, 2 and 2. */
function partSizes(samples: number, parts: number): number[] {
  const count = Math.max(1, Math.min(parts, samples));
  return Array.from({ length: count }, (_, i) => Math.ceil((samples - i) / count));
}

function cut({ images, labels }: Batch, sizes: number[]): Batch[] {
  const labelParts = tf.split(labels, sizes);
  return tf.split(images, sizes).map((part, i) => ({ images: part, labels: labelParts[i]! }));
}

function seedOfPart(seed: MaskSeed, part: number): MaskSeed {
  const derive = (value: number) => deriveSeed(value, 'part', part);
  return typeof seed === 'number'
    ? derive(seed)
    : seedOfMasks((shape, values) => seed(shape, (value, ofShape) => values(derive(value), ofShape)));
}
