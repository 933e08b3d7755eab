import { anything, assertInRange, assertInteger, checkOptions, type OptionRules, show } from '@nfnets/options';
import { assertDivergenceOptions } from '../divergence/divergence.js';
import { assertClassifier, assertDataset } from '../evaluation/assert-classifier.js';
import type { ClipStatsTask } from '../steps/gradient-meter.js';
import { assertLossOptions } from '../steps/softmax-cross-entropy.js';
import { assertEarlyStopping } from './early-stopping.js';
import type { EvaluateTask, TrainTask } from './train-task.js';

/** Their values are looked at below. */
export const TASK_RULES: OptionRules<TrainTask> = {
  model: anything,
  optimizer: anything,
  data: anything,
  epochs: anything,
  steps: anything,
  batchSize: anything,
  seed: anything,
  schedule: anything,
  transformBatch: anything,
  step: anything,
  compile: anything,
  maxTraces: anything,
  precision: anything,
  labelSmoothing: anything,
  classWeights: anything,
  partialBatch: anything,
  ema: anything,
  evaluate: anything,
  earlyStopping: anything,
  checkpoint: anything,
  clipStats: anything,
  divergence: anything,
  group: anything,
};

/** What `fit` of tf.LayersModel and trainers of other software take, and what to do here. */
export const INSTEAD_IN_TASK = {
  learningRate: 'The optimizer has it, as in sgd({ learningRate }), or a `schedule`.',
  lr: 'The optimizer has the learning rate, as in sgd({ learningRate }), or a `schedule`.',
  validationData: 'Pass evaluate: { data }.',
  validationSplit: 'Split the data with split() of @nfnets/data and pass evaluate: { data }.',
  shuffle: 'Samples are always shuffled, in an order that follows from `seed`.',
  callbacks: 'The run is a loop over events: for await (const event of train(...)).',
  initialEpoch: 'A run goes on where its `checkpoint` store has it.',
  loss: 'The loss is softmaxCrossEntropy; for another write a `step`.',
  metrics: 'Evaluations have loss, accuracy and top-5 accuracy; evaluateInDetail() has more.',
  weightDecay: 'Put addDecayedWeights({ weightDecay }) of @nfnets/agc in front of the optimizer, or take adamW.',
  clipFactor: 'Put adaptiveGradClip({ clipFactor }) of @nfnets/agc in front of the optimizer.',
  keepBest: 'It is an option of checkpoints() of @nfnets/trainer/node.',
};

const REQUIRED = ['model', 'optimizer', 'data', 'epochs', 'batchSize', 'seed'];

const EVALUATE_RULES: OptionRules<EvaluateTask> = {
  data: anything,
  batchSize: anything,
  everyEpochs: anything,
  model: anything,
};
const CLIP_STATS_RULES: OptionRules<ClipStatsTask> = { meter: anything, everySteps: anything };

/** Throws unless the parts of a task fit together. */
export function assertTask(task: TrainTask): void {
  checkOptions<TrainTask>('train', task, TASK_RULES, {
    // What is missing in an object is told below, by what it should be.
    required: typeof task === 'object' && task !== null ? [] : REQUIRED,
    instead: INSTEAD_IN_TASK,
  });
  const { model, optimizer, data, epochs, batchSize, seed, schedule, labelSmoothing = 0, partialBatch = 'drop' } = task;
  assertInteger('train', 'epochs', epochs, 1);
  assertInteger('train', 'batchSize', batchSize, 1);
  if (task.steps !== undefined) assertInteger('train', 'steps', task.steps, 1);
  assertInteger('train', 'seed', seed);
  assertInteger('train', 'maxTraces', task.maxTraces ?? 8, 1);
  assertInRange('train', 'labelSmoothing', labelSmoothing, 0, 1);
  assertDataset('train', data);
  if (batchSize > data.length) {
    throw new RangeError(
      `train: \`batchSize\` must be at most the ${data.length} samples of the data, got ${batchSize}.`,
    );
  }
  if (partialBatch !== 'drop' && partialBatch !== 'keep') {
    throw new RangeError(`train: \`partialBatch\` must be 'drop' or 'keep', got ${show(partialBatch)}.`);
  }
  assertClassifier('train', model, data);
  if (model.trainableWeights.length === 0) {
    throw new RangeError('train: `model` must have trainable weights, got none. Are all of its layers frozen?');
  }
  if (task.classWeights !== undefined) assertLossOptions('train', { classWeights: task.classWeights }, data.numClasses);
  assertOptimizer('train', optimizer);
  if (schedule !== undefined && typeof schedule !== 'function') {
    throw new TypeError(
      `train: \`schedule\` must be a function from step to learning rate, got ${show(schedule)}. For a rate that stays use constantSchedule().`,
    );
  }
  if (schedule && typeof (optimizer as { setLearningRate?: unknown }).setLearningRate !== 'function') {
    throw new TypeError(
      `train: \`optimizer\` must have setLearningRate() when a \`schedule\` is given, got ${show(optimizer)}. Leave the schedule out, or use sgd() of @nfnets/optimizers.`,
    );
  }
  if (task.transformBatch !== undefined && typeof task.transformBatch !== 'function') {
    throw new TypeError(
      `train: \`transformBatch\` must be a function from batch and seed to a batch, got ${show(task.transformBatch)}.`,
    );
  }
  if (task.step !== undefined && typeof task.step !== 'function') {
    throw new TypeError(`train: \`step\` must be a function such as samStep() makes, got ${show(task.step)}.`);
  }
  if (![undefined, 'auto', true, false].includes(task.compile)) {
    throw new TypeError(`train: \`compile\` must be 'auto', true or false, got ${show(task.compile)}.`);
  }
  assertPrecision(task);
  if (task.ema !== undefined && typeof task.ema?.moveBy !== 'function') {
    throw new TypeError(
      `train: \`ema\` must be averages as ema(model, { decay }) makes them, got ${show(task.ema)}. Call ema() and pass what it returns.`,
    );
  }
  if (task.group !== undefined) assertGroup(task);
  if (task.divergence !== undefined) assertDivergenceOptions('train: divergence', task.divergence);
  if (task.clipStats !== undefined) assertClipStats(task.clipStats);
  if (task.evaluate !== undefined) assertEvaluate(task.evaluate, model);
  assertFigures(task);
}

function assertPrecision({ precision, compile }: TrainTask): void {
  if (![undefined, 'float32', 'bfloat16', 'auto'].includes(precision)) {
    throw new TypeError(`train: \`precision\` must be 'float32', 'bfloat16' or 'auto', got ${show(precision)}.`);
  }
  if (precision !== 'bfloat16' || compile !== false) return;
  throw new TypeError(
    "train: `precision` 'bfloat16' is for compiled steps, and `compile` is false. Leave `compile` out, or take 'float32' or 'auto'.",
  );
}

function assertGroup({ group, batchSize, compile }: TrainTask): void {
  if (!Number.isInteger(group?.size) || typeof group!.exchange !== 'function') {
    throw new TypeError(
      `train: \`group\` must be a group as joinGroup() of @nfnets/data-parallel gives it, got ${show(group)}.`,
    );
  }
  const { size } = group!;
  if (size === 1) return;
  if (compile === false) {
    throw new TypeError(
      `train: \`group\` has ${size} processes, which meet within compiled steps, and \`compile\` is false. Leave one of them out.`,
    );
  }
  if (batchSize >= size) return;
  throw new RangeError(
    `train: \`batchSize\` must be at least the ${size} processes of \`group\`, which share every batch, got ${batchSize}.`,
  );
}

/** Throws unless `optimizer` is one of tf's, or made like them. */
export function assertOptimizer(who: string, optimizer: TrainTask['optimizer']): void {
  if (typeof optimizer?.minimize === 'function') return;
  throw new TypeError(
    `${who}: \`optimizer\` must be a tf.Optimizer such as sgd() of @nfnets/optimizers, got ${show(optimizer)}.`,
  );
}

function assertClipStats(clipStats: ClipStatsTask): void {
  checkOptions<ClipStatsTask>('train: clipStats', clipStats, CLIP_STATS_RULES);
  assertInteger('train', 'clipStats.everySteps', clipStats.everySteps ?? 1, 1);
  if (typeof clipStats.meter === 'function') return;
  throw new TypeError(
    `train: \`clipStats.meter\` must be a function such as clipMeter() of @nfnets/agc makes, got ${show(clipStats.meter)}.`,
  );
}

function assertEvaluate(evaluate: EvaluateTask, trained: TrainTask['model']): void {
  assertClassifier('train: evaluate', evaluate?.model ?? trained, evaluate?.data);
  checkOptions<EvaluateTask>('train: evaluate', evaluate, EVALUATE_RULES);
  assertInteger('train', 'evaluate.everyEpochs', evaluate.everyEpochs ?? 1, 1);
  assertInteger('train', 'evaluate.batchSize', evaluate.batchSize ?? 1, 1);
}

/** Throws where early stopping or `keepBest` go by a figure that the run will not have. */
function assertFigures({ checkpoint, earlyStopping, evaluate, ema }: TrainTask): void {
  if (checkpoint !== undefined && typeof checkpoint?.save !== 'function') {
    throw new TypeError(
      `train: \`checkpoint\` must be a store such as checkpoints() of @nfnets/trainer/node makes, got ${show(checkpoint)}.`,
    );
  }
  if (earlyStopping !== undefined) assertEarlyStopping('train: earlyStopping', earlyStopping);
  for (const [option, figure] of [
    ['checkpoint.keepBest', checkpoint?.keepBest],
    ['earlyStopping.metric', earlyStopping && (earlyStopping.metric ?? 'loss')],
  ] as const) {
    if (figure === undefined) continue;
    if (!evaluate)
      throw new TypeError(`train: \`${option}\` is '${figure}', and nothing is evaluated. Pass \`evaluate\`.`);
    if (!figure.startsWith('ema') || ema) continue;
    throw new TypeError(`train: \`${option}\` is '${figure}', and there are no averages. Pass \`ema\`.`);
  }
}
