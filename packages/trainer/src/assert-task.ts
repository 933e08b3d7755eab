import { assertClassifier, assertDataset } from './assert-classifier.js';
import { assertInRange, assertInteger, show } from './check-option.js';
import type { TrainTask } from './train-task.js';

/** Throws unless the parts of a task fit together. */
export function assertTask(task: TrainTask): void {
  const { model, optimizer, data, epochs, batchSize, seed, schedule, labelSmoothing = 0, partialBatch = 'drop' } = task;
  assertInteger('train', 'epochs', epochs, 1);
  assertInteger('train', 'batchSize', batchSize, 1);
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
  if (typeof optimizer?.minimize !== 'function') {
    throw new TypeError(
      `train: \`optimizer\` must be a tf.Optimizer such as sgd() of @nfnets/optimizers, got ${show(optimizer)}.`,
    );
  }
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
  if (task.checkpoint !== undefined && typeof task.checkpoint?.save !== 'function') {
    throw new TypeError(
      `train: \`checkpoint\` must be a store such as checkpoints() of @nfnets/trainer/node makes, got ${show(task.checkpoint)}.`,
    );
  }
  if (task.clipStats) {
    assertInteger('train', 'clipStats.everySteps', task.clipStats.everySteps ?? 1, 1);
    if (typeof task.clipStats.meter !== 'function') {
      throw new TypeError(
        `train: \`clipStats.meter\` must be a function such as clipMeter() of @nfnets/agc makes, got ${show(task.clipStats.meter)}.`,
      );
    }
  }
  if (!task.evaluate) return;
  assertClassifier('train: evaluate', task.evaluate.model ?? model, task.evaluate.data);
  assertInteger('train', 'evaluate.everyEpochs', task.evaluate.everyEpochs ?? 1, 1);
  assertInteger('train', 'evaluate.batchSize', task.evaluate.batchSize ?? 1, 1);
}
