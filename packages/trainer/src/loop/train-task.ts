import type { Precision } from '@nfnets/compiled-step';
import type { Batch, Dataset } from '@nfnets/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CheckpointStore } from '../checkpoints/checkpoint.js';
import type { DivergenceOptions } from '../divergence/divergence.js';
import type { Schedule } from '../learning-rate/schedule.js';
import type { ClipStatsTask } from '../steps/gradient-meter.js';
import type { TrainingStep } from '../steps/training-step.js';
import type { Ema } from '../weights/ema.js';
import type { EarlyStopping } from './early-stopping.js';
import type { TrainGroup } from './train-group.js';

/** What a run is evaluated on, and when. */
export interface EvaluateTask {
  /** What is evaluated, in whole. */
  readonly data: Dataset;
  /** Samples per forward pass; does not change the result. Default that of the training. */
  readonly batchSize?: number;
  /** Epochs from one evaluation to the next; there is one after the last anyway. Default 1. */
  readonly everyEpochs?: number;
  /**
   * Another model with the weights of the trained one: `atResolution(model, 256)` of `@nfnets/models`, say, to evaluate at a
   * larger size than it is trained at. Default the trained one.
   */
  readonly model?: LayersModel;
}

/** Everything that decides how a run goes. The caller owns and disposes model, optimizer, data and ema. */
export interface TrainTask {
  /** A classifier with one output of logits. */
  readonly model: LayersModel;
  /** Any tf optimizer, such as `sgd` of `@nfnets/optimizers` or `agc` of `@nfnets/agc`. Default of `fit`: `sgd`. */
  readonly optimizer: tf.Optimizer;
  /** What it is trained on, such as `arrayDataset` or `imageLoader` of `@nfnets/data` make. */
  readonly data: Dataset;
  /** Passes over the data. Default of `fit`: 10. */
  readonly epochs: number;
  /** Ends the run after so many steps, in the midst of an epoch if need be, which is then evaluated and told as any. Default all. */
  readonly steps?: number;
  /** Samples of an update, of all processes together. Default of `fit`: 64. */
  readonly batchSize: number;
  /** Any integer. Orders samples and draws masks: the same task gives the same losses, bit for bit. Default of `fit`: 0. */
  readonly seed: number;
  /** Sets the learning rate before every step; the optimizer must have `setLearningRate`. Default none: the rate stays. */
  readonly schedule?: Schedule;
  /**
   * Changes every batch before its step, by tensors and on the backend: mixing, or an augmentation of one's own. Runs in a tidy, and
   * must depend on the batch and the seed alone, which is a function of the task's seed and the step. Labels may become class
   * probabilities, float32 `[batch, numClasses]`. Default none.
   */
  readonly transformBatch?: (batch: Batch, seed: number) => Batch;
  /**
   * How an update is made of a batch: {@link plainStep}, {@link accumulatedStep}, {@link samStep}, or one's own. Default {@link plainStep}.
   */
  readonly step?: TrainingStep;
  /**
   * Whether steps are compiled to one call, which tfjs-node and the wasm backend can. Default `'auto'`: where it can be done, with the
   * reason in `run-start` where not. `true` makes that an error.
   */
  readonly compile?: 'auto' | boolean;
  /**
   * For how many sets of batch shapes a step is compiled. Where `compile` is `'auto'` steps of further shapes run as they
   * are, which `run-eager` tells; with `true` the first of them is an error. Default 8.
   */
  readonly maxTraces?: number;
  /**
   * In what compiled steps compute convolutions, products of matrices and the activations between them. Weights, the optimizer's slots,
   * averages, losses and evaluations stay float32, and so does a checkpoint. `'bfloat16'` makes it an error that steps cannot be compiled;
   * `'auto'` takes it where the processor has instructions for it. `run-start` says what was taken. Default `'float32'`.
   */
  readonly precision?: Precision | 'auto';
  /** Share of the target spread over all classes, in [0, 1). Default 0; Brock et al. 2021 use 0.1. */
  readonly labelSmoothing?: number;
  /** How much each class counts in the training loss, a number >= 0 for each. Default 1 for all. Evaluations do not see it. */
  readonly classWeights?: readonly number[];
  /** What becomes of an epoch's last samples when `batchSize` does not divide the data. Default `'drop'`. */
  readonly partialBatch?: 'drop' | 'keep';
  /** Averages of the weights, brought up to date after every step. Default none. */
  readonly ema?: Ema;
  /** What is evaluated in the run, after every epoch unless it says otherwise. Default nothing. */
  readonly evaluate?: EvaluateTask;
  /** Ends the run when evaluations do not get better any more: `{ patience: 5, metric: 'accuracy' }`. Needs `evaluate`. Default never. */
  readonly earlyStopping?: EarlyStopping;
  /** Where to keep the run, so that it can go on after a crash: `checkpoints(folder)` of `@nfnets/trainer/node`. Default nowhere. */
  readonly checkpoint?: CheckpointStore;
  /**
   * Measures the gradients of some steps: `{ meter: clipMeter(options) }` of `@nfnets/agc` puts `clipStats` into `step-end`. Default none.
   */
  readonly clipStats?: ClipStatsTask;
  /**
   * Processes that train together, as `joinGroup()` of `@nfnets/data-parallel` gives them: all run the same task, each makes the gradients of
   * its part of every batch, and the events are the same in all. Needs steps that TensorFlow compiles. Default this process alone.
   */
  readonly group?: TrainGroup;
  /** When to give a run up. Default as {@link DivergenceOptions} say, the warm-up that of the schedule. */
  readonly divergence?: DivergenceOptions;
}
