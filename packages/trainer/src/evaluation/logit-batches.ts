import type { Batch, Dataset } from '@nfnets/data';
import { assertInteger, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { turnEventLoop } from '../event-loop.js';
import { floatWeights } from '../weights/model-weights.js';
import { hasNaN, nonFiniteBySums } from '../weights/non-finite-weights.js';
import { assertClassifier } from './assert-classifier.js';
import { assertClasses } from './assert-labels.js';

/** Logits `[samples, numClasses]` of a batch, and the class numbers of its samples. */
export interface LogitBatch {
  readonly logits: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** Batches of a pass, from number `from` to before number `to`. */
export interface BatchRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Computes the logits of all samples of `data`, or of those of some batches, not training. All are NaN where a weight of the model is not finite, as that is no
 * network, and so are those of an image with a NaN: some kernels, and every max pooling, make numbers of it that look like logits.
 *
 * @throws RangeError if the model does not return one logit per class of `data`, or labels are no class numbers of it; after the last
 *   batch, if there was none
 */
export async function* logitBatches(
  who: string,
  model: LayersModel,
  data: Dataset,
  batchSize: number,
  brokenWeight: string | undefined,
  range?: BatchRange,
): AsyncGenerator<LogitBatch, void, void> {
  assertClassifier(who, model, data);
  assertInteger(who, 'batchSize', batchSize, 1);
  if (range && range.from >= range.to) return;
  let samples = 0;
  let next = range?.from ?? 0;
  for await (const batch of data.batches({ batchSize, partialBatch: 'keep', ...(range && { firstBatch: next }) })) {
    const { logits, labels } = await forward(who, model, batch);
    assertClasses(who, labels, data.numClasses);
    samples += labels.length;
    const isBroken = brokenWeight !== undefined;
    yield { logits: isBroken ? new Float32Array(logits.length).fill(Number.NaN) : logits, labels };
    await turnEventLoop();
    if (++next === range?.to) return;
  }
  if (samples === 0) throw new RangeError(`${who}: \`data\` must yield samples, got none.`);
}

/** Name of a weight that is not finite, of several the one nearest to the output; undefined if all are. */
export async function findBrokenWeight(model: LayersModel): Promise<string | undefined> {
  const weights = floatWeights(model);
  const index = (await nonFiniteBySums(weights)).at(-1);
  return index === undefined ? undefined : weights[index]!.name;
}

async function forward(who: string, model: LayersModel, { images, labels }: Batch): Promise<LogitBatch> {
  let [logits, sum]: (tf.Tensor | undefined)[] = [];
  try {
    if (labels.rank !== 1) {
      throw new RangeError(`${who}: \`labels\` must be class numbers [batch], got shape ${show(labels.shape)}.`);
    }
    logits = tf.tidy(() => model.apply(images, { training: false }) as tf.Tensor);
    sum = tf.sum(images);
    const [values, classes, [total]] = await Promise.all([logits.data(), labels.data(), sum.data()]);
    if (Number.isFinite(total)) return { logits: values, labels: classes };
    return { logits: withNaN(values, await images.data(), classes.length), labels: classes };
  } finally {
    tf.dispose([images, labels, logits ?? [], sum ?? []]);
  }
}

/** The logits, NaN for samples whose images hold one. */
function withNaN(logits: ArrayLike<number>, images: Float32Array | Int32Array | Uint8Array, samples: number) {
  const [classes, pixels] = [logits.length / samples, images.length / samples];
  const values = Float32Array.from(logits);
  for (let i = 0; i < samples; i++) {
    if (hasNaN(images.subarray(i * pixels, (i + 1) * pixels))) values.fill(Number.NaN, i * classes, (i + 1) * classes);
  }
  return values;
}
