import type { Batch, Dataset } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assertClassifier } from './assert-classifier.js';
import { assertInteger, show } from './check-option.js';
import { turnEventLoop } from './event-loop.js';

/** Logits `[samples, numClasses]` of a batch, and the class numbers of its samples. */
export interface LogitBatch {
  readonly logits: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/**
 * Computes the logits of all samples of `data`, not training.
 *
 * @throws RangeError if the model does not return one logit per class of `data`
 */
export async function* logitBatches(
  who: string,
  model: LayersModel,
  data: Dataset,
  batchSize: number,
): AsyncGenerator<LogitBatch, void, void> {
  assertClassifier(who, model, data);
  assertInteger(who, 'batchSize', batchSize, 1);
  for await (const batch of data.batches({ batchSize, partialBatch: 'keep' })) {
    yield await forward(who, model, batch);
    await turnEventLoop();
  }
}

async function forward(who: string, model: LayersModel, { images, labels }: Batch): Promise<LogitBatch> {
  let logits: tf.Tensor | undefined;
  try {
    if (labels.rank !== 1) {
      throw new RangeError(`${who}: \`labels\` must be class numbers [batch], got shape ${show(labels.shape)}.`);
    }
    logits = tf.tidy(() => model.apply(images, { training: false }) as tf.Tensor);
    const [values, classes] = await Promise.all([logits.data(), labels.data()]);
    return { logits: values, labels: classes };
  } finally {
    tf.dispose([images, labels, logits ?? []]);
  }
}
