import { type Dataset, partOfBatch } from '@nfnets/data';
import { anything, checkOptions } from '@nfnets/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assertClassifier } from './assert-classifier.js';
import { type BatchRange, findBrokenWeight, logitBatches } from './logit-batches.js';
import { type Score, scoreLogits } from './score-logits.js';

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
  return evaluateTogether(model, data, options, undefined);
}

/** Processes that share an evaluation. */
interface Evaluators {
  readonly index: number;
  readonly size: number;
  /** What each gave, by index. */
  exchange<T>(what: string, value: T): Promise<readonly T[]>;
}

/** {@link evaluate}, shared with other processes that have the same model and data: each takes some batches, and all get the figures of all. */
export async function evaluateTogether(
  model: LayersModel,
  data: Dataset,
  { batchSize = 64 }: EvaluateOptions,
  evaluators: Evaluators | undefined,
): Promise<Evaluation> {
  assertClassifier('evaluate', model, data);
  const nonFiniteWeight = await findBrokenWeight(model);
  const range = evaluators && batchesOf(evaluators, Math.ceil(data.length / batchSize));
  let own: Score & { readonly samples: number } = { loss: 0, top1: 0, top5: 0, samples: 0 };
  for await (const { logits, labels } of logitBatches('evaluate', model, data, batchSize, nonFiniteWeight, range)) {
    own = added(own, { ...scoreLogits(logits, labels, data.numClasses), samples: labels.length });
  }
  // A loss may be NaN, which JSON has not.
  const all = evaluators
    ? (await evaluators.exchange('an evaluation', { ...own, loss: String(own.loss) })).map((each) => ({
        ...each,
        loss: Number(each.loss),
      }))
    : [own];
  const { loss, top1, top5, samples } = all.reduce(added);
  return {
    loss: loss / samples,
    accuracy: top1 / samples,
    samples,
    ...(data.numClasses > 5 && { top5Accuracy: top5 / samples }),
    ...(nonFiniteWeight !== undefined && { nonFiniteWeight }),
  };
}

function added<Sums extends Readonly<Record<'loss' | 'top1' | 'top5' | 'samples', number>>>(a: Sums, b: Sums) {
  return {
    ...a,
    loss: a.loss + b.loss,
    top1: a.top1 + b.top1,
    top5: a.top5 + b.top5,
    samples: a.samples + b.samples,
  };
}

/** Neighbouring batches for each process, as equal as whole batches can be. */
function batchesOf({ index, size }: Evaluators, batches: number): BatchRange {
  const [from, to] = partOfBatch(batches, { index, count: size });
  return { from, to };
}
