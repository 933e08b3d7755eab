import type { Dataset } from '@nfnets/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { logitBatches } from './logit-batches.js';
import { scoreLogits } from './score-logits.js';

/** How well a model classifies a dataset. */
export interface Evaluation {
  /** Mean cross-entropy in nats, without label smoothing. */
  readonly loss: number;
  /** Share of samples whose true class comes first. */
  readonly accuracy: number;
  /** Share of samples whose true class is among the first five; only where there are more than five classes. */
  readonly top5Accuracy?: number;
  /** Number of samples: all of the dataset. */
  readonly samples: number;
}

export interface EvaluateOptions {
  /** Samples per forward pass; does not change the result. Default 64. */
  readonly batchSize?: number;
}

/**
 * Computes loss and accuracy of a model that returns logits, over all samples of `data`, not training.
 *
 * @throws RangeError if the model does not return one logit per class of `data`
 */
export async function evaluate(
  model: LayersModel,
  data: Dataset,
  { batchSize = 64 }: EvaluateOptions = {},
): Promise<Evaluation> {
  let [loss, top1, top5, samples] = [0, 0, 0, 0];
  for await (const { logits, labels } of logitBatches('evaluate', model, data, batchSize)) {
    const score = scoreLogits(logits, labels, data.numClasses);
    loss += score.loss;
    top1 += score.top1;
    top5 += score.top5;
    samples += labels.length;
  }
  const evaluation = { loss: loss / samples, accuracy: top1 / samples, samples };
  return data.numClasses > 5 ? { ...evaluation, top5Accuracy: top5 / samples } : evaluation;
}
