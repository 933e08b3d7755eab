import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { points, smallClassifier } from './__fixtures__/small-classifier.js';
import * as trainer from './index.js';
import * as onNode from './node.js';

type AnyFunction = (...args: unknown[]) => unknown;
const { evaluateInDetail, train, warmupCosine } = trainer as unknown as Record<string, AnyFunction>;
const { softmaxCrossEntropy, divergenceDetector, scaleLearningRate } = trainer as unknown as Record<
  string,
  AnyFunction
>;
const { checkpoints, saveCheckpoint, loadCheckpoint } = onNode as unknown as Record<string, AnyFunction>;
const { plainStep, restoreState, samStep, watchedStep, withStateTensors } = trainer as unknown as Record<
  string,
  AnyFunction
>;
const { countSteps, ema, emaDecay, evaluate, fit } = trainer as unknown as Record<string, AnyFunction>;

/** What a call says as an error, thrown or in its promise. */
async function errorOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

const taskWith = (change: object) => {
  const [model, optimizer] = [smallClassifier(), sgd({ learningRate: 0.1 })];
  return { model, optimizer, data: points(20), epochs: 1, batchSize: 10, seed: 0, ...change };
};
const free = ({ model, optimizer }: { model: tf.LayersModel; optimizer: tf.Optimizer }) => {
  model.dispose();
  optimizer.dispose();
};

const NO_SAMPLES = { length: 0, imageShape: [2], numClasses: 3, batches: () => [] };

describe('a task for train', () => {
  it.each<[object, string]>([
    [{ lerningRate: 0.1 }, 'train: no option `lerningRate`.'],
    [{ learningRate: 0.1 }, 'train: no option `learningRate`. The optimizer has it, as in sgd({ learningRate })'],
    [{ batchsize: 10 }, 'train: no option `batchsize`; did you mean `batchSize`?'],
    [{ classWeight: { 0: 1 } }, 'train: no option `classWeight`; did you mean `classWeights`?'],
    [{ classWeights: [1, 2] }, 'train: `classWeights` must have a number for each of the 3 classes, got 2.'],
    [{ classWeights: [1, 2, -1] }, 'train: `classWeights` must be an array with a finite number >= 0 for each class'],
    [{ callbacks: [] }, 'train: no option `callbacks`. The run is a loop over events'],
    [{ ema: 0.99 }, 'train: `ema` must be averages as ema(model, { decay }) makes them, got 0.99.'],
    [{ divergence: { pacience: 5 } }, 'train: divergence: no option `pacience`; did you mean `patience`?'],
    [{ clipStats: { metre: 1 } }, 'train: clipStats: no option `metre`; did you mean `meter`?'],
    [{ evaluate: { data: points(9), every: 2 } }, 'train: evaluate: no option `every`; did you mean `everyEpochs`?'],
    [{ earlyStopping: { patience: 2 } }, "train: `earlyStopping.metric` is 'loss', and nothing is evaluated."],
    [{ earlyStopping: { patience: 0 } }, 'train: earlyStopping: `patience` must be a whole number from 1, got 0.'],
    [
      { earlyStopping: { patience: 2, metric: 'emaLoss' }, evaluate: { data: points(9) } },
      "train: `earlyStopping.metric` is 'emaLoss', and there are no averages. Pass `ema`.",
    ],
    [{ data: NO_SAMPLES }, 'train: `data` must have samples, got a dataset without any.'],
    [{ evaluate: { data: NO_SAMPLES } }, 'train: evaluate: `data` must have samples'],
  ])('%j is refused at once', async (change, message) => {
    const task = taskWith(change);
    expect(await errorOf(() => train!(task))).toContain(message);
    free(task);
  });

  it('is refused with a store that keeps the best by what the run will not have', async () => {
    const task = taskWith({ checkpoint: checkpoints!('x', { keepBest: 'emaLoss' }), evaluate: { data: points(9) } });
    expect(await errorOf(() => train!(task))).toBe(
      "train: `checkpoint.keepBest` is 'emaLoss', and there are no averages. Pass `ema`.",
    );
    free(task);
  });

  it.each<[string, object, RegExp]>([
    [
      'a schedule that gives NaN',
      { schedule: () => Number.NaN },
      /`schedule` must give finite numbers, got NaN at step 0/,
    ],
    [
      'labels that add up to two',
      {
        transformBatch: ({ images, labels }: trainer.Batch) => ({
          images,
          labels: tf.mul(tf.oneHot(labels as tf.Tensor1D, 3), 2),
        }),
      },
      /labels that are class probabilities must add up to 1 in each sample, got 2 in sample 0/,
    ],
    [
      'a label of no class',
      { transformBatch: ({ images, labels }: trainer.Batch) => ({ images, labels: tf.add(labels, 1).toInt() }) },
      /labels must be class numbers in \[0, 3\), got 3\./,
    ],
  ])('with %s ends with an error that says so', async (_, change, message) => {
    const task = taskWith(change);
    const all = async () => {
      for await (const event of train!(task) as AsyncGenerator<unknown>) void event;
    };
    expect(await errorOf(all)).toMatch(message);
    free(task);
  });
});

it.each<[string, () => unknown, string]>([
  ['train()', () => train!(), 'train: options must be an object like { model, optimizer'],
  ['train(5)', () => train!(5), 'got 5.'],
  ['fit()', () => fit!(), 'fit: `model` must be a tf.LayersModel, got undefined.'],
  ['evaluate()', () => evaluate!(), 'evaluate: `model` must be a tf.LayersModel, got undefined.'],
  ['evaluateInDetail(3)', () => evaluateInDetail!(3), 'evaluateInDetail: `model` must be a tf.LayersModel, got 3.'],
  [
    'countSteps with an option misspelt',
    () => countSteps!({ data: points(9), epochs: 1, batchsize: 3 }),
    'countSteps: no option `batchsize`; did you mean `batchSize`?',
  ],
  [
    'countSteps with a word that is wrong',
    () => countSteps!({ data: points(9), epochs: 1, batchSize: 3, partialBatch: 'drops' }),
    "`partialBatch` must be one of 'drop', 'keep', got \"drops\"; did you mean 'drop'?",
  ],
  [
    'countSteps with data of a text',
    () => countSteps!({ data: 'x', epochs: 1, batchSize: 1 }),
    'countSteps: the task must have `data`',
  ],
  ['emaDecay(1, {})', () => emaDecay!(1, {}), 'emaDecay: `decay` must be a number, got undefined.'],
  ['emaDecay(1, 2)', () => emaDecay!(1, { decay: 2 }), 'emaDecay: `decay` must be in [0, 1), got 2.'],
  ['emaDecay("1")', () => emaDecay!('1', { decay: 0.9 }), 'emaDecay: `t` must be a number, got "1".'],
  [
    'a state of another detector',
    () => divergenceDetector!(2, {}, { steps: 0, limit: null, recent: [Number.NaN, '1'] }),
    'divergenceDetector: state: `recent` must be a list of losses, got ["NaN","1"].',
  ],
  [
    'a state that is null',
    () => divergenceDetector!(2, {}, null),
    'divergenceDetector: state: options must be an object',
  ],
  ['plainStep()', () => plainStep!(), 'plainStep: `state` must be { model, optimizer, variables }, got undefined.'],
  ['samStep()()', () => (samStep!() as AnyFunction)(), 'samStep: `state` must be { model, optimizer, variables }'],
  ['watchedStep()', () => watchedStep!(), 'watchedStep: `step` must be a function such as plainStep, got undefined.'],
  [
    'withStateTensors()',
    () => withStateTensors!(),
    'withStateTensors: options must be an object like { model, optimizer }',
  ],
  ['restoreState()', () => restoreState!(), 'restoreState: options must be an object like { model, optimizer }'],
  ['countSteps()', () => countSteps!(), 'countSteps: the task must have `data`, `epochs` and `batchSize`'],
  [
    'countSteps of 0',
    () => countSteps!({ data: points(9), epochs: 1, batchSize: 0 }),
    '`batchSize` must be an integer',
  ],
  ['ema()', () => ema!(), 'ema: `model` must be a tf.LayersModel, got undefined.'],
  ['emaDecay(1)', () => emaDecay!(1), 'emaDecay: options must be an object like { decay, warmup }, got undefined.'],
  ['warmupCosine()', () => warmupCosine!(), 'warmupCosine: options must be an object like { maxLearningRate'],
  ['warmupCosine(0.1)', () => warmupCosine!(0.1), 'got 0.1.'],
  ['warmupEpochs', () => warmupCosine!({ warmupEpochs: 5 }), 'no option `warmupEpochs`. Give `warmupSteps`'],
  [
    'scaleLearningRate()',
    () => scaleLearningRate!(),
    'scaleLearningRate: options must be an object like { base, per }',
  ],
  ['divergenceDetector()', () => divergenceDetector!(), 'divergenceDetector: `numClasses` must be a number'],
  ['divergenceDetector(10)(x)', () => (divergenceDetector!(10) as AnyFunction)('x'), '`loss` must be a number, got x.'],
  ['softmaxCrossEntropy()', () => softmaxCrossEntropy!(), 'softmaxCrossEntropy: `logits` must be a tf.Tensor'],
  ['checkpoints()', () => checkpoints!(), 'checkpoints: `folder` must be the path of a folder, got undefined.'],
  ['evrySteps', () => checkpoints!('x', { evrySteps: 3 }), 'no option `evrySteps`; did you mean `everySteps`?'],
  ['saveCheckpoint()', () => saveCheckpoint!(), 'saveCheckpoint: `path` must be the path of a folder, got undefined.'],
  [
    'loadCheckpoint(path)',
    () => loadCheckpoint!('x'),
    'loadCheckpoint: options must be an object like { model, optimizer }',
  ],
])('%s says what it takes', async (_, call, message) => {
  expect(await errorOf(call)).toContain(message);
});

it.each<[object, string]>([
  [{ lr: 0.1 }, 'fit: no option `lr`; did you mean `learningRate`?'],
  [{ onEpoch: 5 }, 'fit: `onEpoch` must be a function, got 5.'],
  [{ batchSize: 0 }, 'fit: `batchSize` must be an integer >= 1, got 0.'],
  [{ validationData: 1 }, 'fit: no option `validationData`. Pass a dataset as `evaluate`.'],
  [{ evaluate: { data: points(9) } }, 'fit: evaluate: `data` must be a dataset such as arrayDataset() makes'],
  [{ optimizer: 'adam' }, 'fit: `optimizer` must be a tf.Optimizer such as sgd() of @nfnets/optimizers, got "adam".'],
  [{ schedule: null }, 'train: `schedule` must be a function from step to learning rate, got null.'],
  [{ transformBatch: () => 5 }, 'train: `transformBatch` must return { images, labels } of tensors, got 5.'],
  [{ clipStats: { meter: () => 5 } }, 'train: `clipStats.meter` must return { values, read } as clipMeter()'],
  [{ learningRate: -1 }, 'fit: `learningRate` must be a finite number > 0, got -1.'],
])('fit with %j says what it takes', async (options, message) => {
  const model = smallClassifier();
  expect(await errorOf(() => fit!(model, points(20), options))).toContain(message);
  model.dispose();
});

it('evaluate refuses a dataset that has no samples, or yields none', async () => {
  const model = smallClassifier();
  expect(await errorOf(() => evaluate!(model, NO_SAMPLES))).toBe(
    'evaluate: `data` must have samples, got a dataset without any.',
  );
  expect(await errorOf(() => evaluate!(model, { ...NO_SAMPLES, length: 5 }))).toBe(
    'evaluate: `data` must yield samples, got none.',
  );
  expect(await errorOf(() => evaluate!(model, points(9), { batch: 3 }))).toContain('did you mean `batchSize`?');
  model.dispose();
});

it('checkpoints refuse an optimizer or averages that are none', async () => {
  const model = smallClassifier();
  expect(await errorOf(() => saveCheckpoint!('x', { model, optimizer: 'sgd' }))).toBe(
    'saveCheckpoint: `optimizer` must be a tf.Optimizer, got "sgd".',
  );
  expect(await errorOf(() => loadCheckpoint!('x', { model, ema: 0.99 }))).toBe(
    'loadCheckpoint: `ema` must be averages as ema(model, { decay }) makes them, got 0.99.',
  );
  const averages = ema!(model, { decay: 0.9 }) as trainer.Ema;
  expect(() => averages.follow('all' as never)).toThrow('ema: `variables` must be a list of tf.Variable, got "all".');
  await expect(averages.withAverage(5 as never)).rejects.toThrow('ema: `use` must be a function, got 5.');
  averages.dispose();
  model.dispose();
});
