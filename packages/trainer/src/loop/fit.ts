import type { Dataset } from '@nfnets/data';
import { sgd } from '@nfnets/optimizers';
import { aFunction, anything, assertInteger, checkOptions, type OptionRules, positive } from '@nfnets/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assertClassifier } from '../evaluation/assert-classifier.js';
import { type Schedule, warmupCosine } from '../learning-rate/schedule.js';
import type { EpochEnd, TrainEvent } from '../train-event.js';
import { assertOptimizer, INSTEAD_IN_TASK, TASK_RULES } from './assert-task.js';
import { countSteps, train } from './train.js';
import type { TrainTask } from './train-task.js';

/** All that a {@link TrainTask} has is an option; what is left out gets the default of {@link fit}. */
export interface FitOptions extends Partial<Omit<TrainTask, 'model' | 'data' | 'evaluate'>> {
  /** Highest rate of the schedule. Default that of `optimizer`, or 0.05 without one. */
  readonly learningRate?: number;
  /** What is evaluated after every epoch. Default nothing. */
  readonly evaluate?: Dataset;
  /** Is called, and awaited, after every epoch. Default nothing. */
  readonly onEpoch?: (epoch: EpochEnd) => void | Promise<void>;
  /** Is called, and awaited, at every event of `train`. Default nothing. */
  readonly onEvent?: (event: TrainEvent) => void | Promise<void>;
}

/** How a training went. A run that was resumed tells of the steps since then. */
export interface History {
  /** Of every step. */
  readonly losses: readonly number[];
  readonly epochs: readonly EpochEnd[];
  /** Why it was given up; undefined for a run to the end. */
  readonly diverged?: string;
}

/** Share of the steps in which the rate rises. */
const WARMUP_SHARE = 0.05;

const { model: _, data: __, ...OF_TASK } = TASK_RULES;
const RULES: OptionRules<FitOptions> = {
  ...OF_TASK,
  learningRate: positive,
  evaluate: anything,
  onEpoch: aFunction,
  onEvent: aFunction,
};
const { learningRate: ___, lr: ____, ...INSTEAD_OF_TASK } = INSTEAD_IN_TASK;
const INSTEAD = { ...INSTEAD_OF_TASK, validationData: 'Pass a dataset as `evaluate`.' };

// Not from zero: of few steps the first must count too.
function usualSchedule(maxLearningRate: number, totalSteps: number): Schedule {
  const warmupSteps = WARMUP_SHARE * totalSteps;
  const startLearningRate = maxLearningRate / (warmupSteps + 1);
  return warmupCosine({ maxLearningRate, startLearningRate, warmupSteps, totalSteps });
}

/**
 * Trains a classifier with the usual settings: {@link train} for a notebook. 10 epochs in batches of 64, SGD with Nesterov
 * momentum, a rate that rises for a twentieth of the steps and falls with a cosine, seed 0.
 *
 * @param model A classifier with one output of logits.
 * @param data What it is trained on.
 * @throws RangeError or TypeError if the options do not fit together.
 * @example
 * ```ts
 * import { agc } from '@nfnets/agc';
 * import { arrayDataset, split } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { sgd } from '@nfnets/optimizers';
 * import { fit } from '@nfnets/trainer';
 *
 * const [data, test] = split(arrayDataset(mnistDigits()), { counts: [8000, 2000], seed: 0 });
 * const model = createModel('nfnet_digits', { numClasses: 10, seed: 0 });
 * const optimizer = agc(sgd({ learningRate: 0.1 }), { exclude: ['linear'] });
 * const { losses, epochs } = await fit(model, data, { epochs: 5, batchSize: 256, optimizer, evaluate: test });
 * ```
 */
export async function fit(model: LayersModel, data: Dataset, options: FitOptions = {}): Promise<History> {
  assertClassifier('fit', model, data);
  checkOptions<FitOptions>('fit', options, RULES, { instead: INSTEAD });
  const { learningRate, evaluate, onEpoch, onEvent, ...task } = options;
  const { epochs = 10, batchSize = Math.min(64, data.length), seed = 0 } = task;
  assertInteger('fit', 'epochs', epochs, 1);
  assertInteger('fit', 'batchSize', batchSize, 1);
  if (evaluate !== undefined) assertClassifier('fit: evaluate', model, evaluate);
  if (task.optimizer !== undefined) assertOptimizer('fit', task.optimizer);
  const optimizer = task.optimizer ?? sgd({ learningRate: learningRate ?? 0.05 });
  const { partialBatch = 'drop' } = task;
  const totalSteps = countSteps({ data, epochs, batchSize, partialBatch });
  const given = (optimizer as { learningRate?: number }).learningRate;
  const maxLearningRate = learningRate ?? given;
  const hasRate = 'setLearningRate' in optimizer && maxLearningRate !== undefined;
  const usual = hasRate && totalSteps > 0 ? usualSchedule(maxLearningRate, totalSteps) : undefined;
  const schedule = task.schedule === undefined ? usual : task.schedule;
  const losses: number[] = [];
  const ended: EpochEnd[] = [];
  let diverged: string | undefined;
  try {
    for await (const event of train({
      ...task,
      model,
      data,
      epochs,
      batchSize,
      seed,
      optimizer,
      ...(schedule !== undefined && { schedule }),
      ...(evaluate !== undefined && { evaluate: { data: evaluate } }),
    })) {
      if (event.type === 'step-end') losses.push(event.loss);
      if (event.type === 'run-diverged') diverged = event.reason;
      await onEvent?.(event);
      if (event.type !== 'epoch-end') continue;
      ended.push(event);
      await onEpoch?.(event);
    }
  } finally {
    if (!task.optimizer) optimizer.dispose();
  }
  return { losses, epochs: ended, ...(diverged !== undefined && { diverged }) };
}
