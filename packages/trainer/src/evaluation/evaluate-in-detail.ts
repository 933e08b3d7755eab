import type { Dataset } from '@nfnets/data';
import { anything, assertInteger, checkOptions } from '@nfnets/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assertClassifier } from './assert-classifier.js';
import { expectedCalibrationError, type ReliabilityBin, reliabilityTable } from './calibration.js';
import { classProbabilities } from './class-probabilities.js';
import type { EvaluateOptions, Evaluation } from './evaluate.js';
import { findBrokenWeight, logitBatches } from './logit-batches.js';
import { scoreLogits } from './score-logits.js';

/** How well a model classifies a dataset, class by class, and how well it knows. */
export interface DetailedEvaluation extends Evaluation {
  /** Samples by true class (row) and predicted class (column). */
  readonly confusionMatrix: readonly (readonly number[])[];
  /** Share of each class's samples that are predicted as such; NaN for a class without samples. */
  readonly classAccuracy: readonly number[];
  /** Mean squared distance of the probabilities from 1 for the true class and 0 for the others; from 0 to 2. */
  readonly brierScore: number;
  /** Expected calibration error, over the bins of `reliability`. */
  readonly calibrationError: number;
  readonly reliability: readonly ReliabilityBin[];
}

/** Options of {@link evaluateInDetail}. */
export interface EvaluateInDetailOptions extends EvaluateOptions {
  /** Bins of the reliability table. Default 15, as in Guo et al. 2017. */
  readonly bins?: number;
}

/**
 * Computes what `evaluate` does, and beside it the confusion matrix, the accuracy of each class, the Brier score and the
 * calibration. `loss` is the mean negative log-likelihood.
 *
 * A sample with a NaN logit has no predicted class: it is in no column of the matrix and in no bin, and makes loss, Brier
 * score and calibration error NaN.
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
 * import { evaluateInDetail } from '@nfnets/trainer';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * const { confusionMatrix, calibrationError } = await evaluateInDetail(model, arrayDataset(mnistDigits()));
 * console.log(confusionMatrix[4]![9], 'fours taken for nines;', 'calibration error', calibrationError);
 * ```
 */
export async function evaluateInDetail(
  model: LayersModel,
  data: Dataset,
  options: EvaluateInDetailOptions = {},
): Promise<DetailedEvaluation> {
  checkOptions<EvaluateInDetailOptions>('evaluateInDetail', options, { batchSize: anything, bins: anything });
  const { batchSize = 64, bins = 15 } = options;
  assertClassifier('evaluateInDetail', model, data);
  assertInteger('evaluateInDetail', 'bins', bins, 1);
  const { numClasses } = data;
  const nonFiniteWeight = await findBrokenWeight(model);
  const confusionMatrix = Array.from({ length: numClasses }, () => new Array<number>(numClasses).fill(0));
  const classSamples = new Array<number>(numClasses).fill(0);
  const [confidences, hits]: [number[], boolean[]] = [[], []];
  let [loss, top1, top5, brier, samples] = [0, 0, 0, 0, 0];
  for await (const { logits, labels } of logitBatches('evaluateInDetail', model, data, batchSize, nonFiniteWeight)) {
    const score = scoreLogits(logits, labels, numClasses);
    loss += score.loss;
    top1 += score.top1;
    top5 += score.top5;
    samples += labels.length;
    for (let sample = 0; sample < labels.length; sample++) {
      const truth = labels[sample]!;
      const { probabilities, predicted } = classProbabilities(logits, sample, numClasses);
      classSamples[truth]!++;
      for (const [k, probability] of probabilities.entries()) brier += (probability - (k === truth ? 1 : 0)) ** 2;
      if (predicted === -1) continue;
      confusionMatrix[truth]![predicted]!++;
      confidences.push(probabilities[predicted]!);
      hits.push(predicted === truth);
    }
  }
  const reliability = reliabilityTable(confidences, hits, bins);
  return {
    loss: loss / samples,
    accuracy: top1 / samples,
    ...(numClasses > 5 && { top5Accuracy: top5 / samples }),
    samples,
    confusionMatrix,
    classAccuracy: classSamples.map((count, k) => confusionMatrix[k]![k]! / count),
    brierScore: brier / samples,
    calibrationError: confidences.length < samples ? Number.NaN : expectedCalibrationError(reliability),
    reliability,
    ...(nonFiniteWeight !== undefined && { nonFiniteWeight }),
  };
}
