import type { Batch } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from '../steps/softmax-cross-entropy.js';
import { floatWeights } from '../weights/model-weights.js';

/** Samples whose loss is taken, and how many of them at once: it must not need more memory than training does. */
const [SAMPLES, AT_ONCE] = [16, 8];

/** Samples of a batch, as values: nothing of a step is left in tensors. */
export interface KeptSamples {
  readonly images: KeptTensor;
  readonly labels: KeptTensor;
}

interface KeptTensor {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** Keeps the first samples of a batch, for {@link closingLoss}. */
export async function keepSamples({ images, labels }: Batch): Promise<KeptSamples> {
  const keep = async (tensor: tf.Tensor): Promise<KeptTensor> => {
    const samples = tf.slice(tensor, 0, Math.min(SAMPLES, tensor.shape[0]!));
    const values = (await samples.data()).slice();
    samples.dispose();
    return { values, shape: samples.shape, dtype: tensor.dtype };
  };
  return { images: await keep(images), labels: await keep(labels) };
}

/**
 * Computes the mean loss of samples with the weights as they are, under the masks of `seed`, as training does: the statistics of a
 * normalization are those of the samples, as those that it keeps are no good yet in a short run. They stay as they are.
 */
export async function closingLoss(
  model: LayersModel,
  { images, labels }: KeptSamples,
  seed: number,
  options: SoftmaxCrossEntropyOptions,
): Promise<number> {
  const weights = floatWeights(model);
  const kept = weights.map((weight) => tf.clone(weight));
  const samples = images.shape[0]!;
  const part = ({ values, shape, dtype }: KeptTensor, start: number, count: number) =>
    tf.slice(tf.tensor(values, shape, dtype), start, count);
  let sum = 0;
  try {
    for (let start = 0; start < samples; start += AT_ONCE) {
      const count = Math.min(AT_ONCE, samples - start);
      const loss = tf.tidy(() => {
        const logits = model.apply(part(images, start, count), { training: true, seed }) as tf.Tensor;
        return softmaxCrossEntropy(logits, part(labels, start, count), options);
      });
      sum += (await loss.data())[0]! * count;
      loss.dispose();
    }
    return sum / samples;
  } finally {
    for (const [i, weight] of weights.entries()) if (weight.dataId !== kept[i]!.dataId) weight.assign(kept[i]!);
    tf.dispose(kept);
  }
}
