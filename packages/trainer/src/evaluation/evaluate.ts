import type { Dataset } from '@nfnets/data';
import { anything, checkOptions } from '@nfnets/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assertClassifier } from './assert-classifier.js';
import { findBrokenWeight, logitBatches } from './logit-batches.js';
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
  /**
   * Name of a weight that is not finite, of several the one nearest to the output; absent if all are. The loss is then NaN and no
   * sample counts as right, whatever the backend's kernels make of it.
   */
  readonly nonFiniteWeight?: string;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** Samples per forward pass; does not change the result. Default 64. */
  readonly batchSize?: number;
}

/**
 * Computes loss and accuracy of a model that returns logits, over all samples of `data`, not training.
 *
 * @param model From images to logits.
 * @param data What it is measured on.
 * @throws RangeError if the model does not return one logit per class of `data`, or that has no samples; TypeError for what is no model or no
 * dataset.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { evaluate } from '@nfnets/trainer';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * const { accuracy, loss } = await evaluate(model, arrayDataset(mnistDigits()), { batchSize: 256 });
 * ```
 */
export async function evaluate(model: LayersModel, data: Dataset, options: EvaluateOptions = {}): Promise<Evaluation> {
  checkOptions<EvaluateOptions>('evaluate', options, { batchSize: anything });
  const { batchSize = 64 } = options;
  assertClassifier('evaluate', model, data);
  const nonFiniteWeight = await findBrokenWeight(model);
  let [loss, top1, top5, samples] = [0, 0, 0, 0];
  for await (const { logits, labels } of logitBatches('evaluate', model, data, batchSize, nonFiniteWeight)) {
    const score = scoreLogits(logits, labels, data.numClasses);
    loss += score.loss;
    top1 += score.top1;
    top5 += score.top5;
    samples += labels.length;
  }
  return {
    loss: loss / samples,
    accuracy: top1 / samples,
    samples,
    ...(data.numClasses > 5 && { top5Accuracy: top5 / samples }),
    ...(nonFiniteWeight !== undefined && { nonFiniteWeight }),
  };
}
