import {
  adaGC,
  adaptiveGradClip,
  addDecayedWeights,
  clipByBlockRms,
  clipByGlobalNorm,
  clipByValue,
  clipMeter,
  type GradientTransform,
  spectralClip,
  withTransforms,
} from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { createModel, NFNET, type NFNetSpec } from '@nfnets/models';
import { adam, adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from '@nfnets/optimizers';
import { mulberry32 } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accumulatedStep,
  ema,
  type MaskSeed,
  type RunDiverged,
  type StepEnd,
  samStep,
  type TrainEvent,
  type TrainTask,
  train,
  warmupCosine,
} from '../index.js';

beforeAll(async () => {
  await useBackend('wasm', { threads: 1 });
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

const [SIDE, CLASSES, STEPS] = [6, 3, 50];

const data = (length = 44) =>
  arrayDataset({
    images: Float32Array.from({ length: length * SIDE * SIDE * 2 }, (_, i) => Math.sin(3 * i + (i % 7))),
    labels: Array.from({ length }, (_, i) => (i * i) % CLASSES),
    imageShape: [SIDE, SIDE, 2],
    numClasses: CLASSES,
  });

/** Dropout of half, whose mask follows the seed of the step, compiled or not. */
class MaskedBySeed extends tf.layers.Layer {
  static readonly className = 'MaskedBySeed';

  override call(inputs: tf.Tensor[], { training, seed }: { training?: boolean; seed?: MaskSeed }): tf.Tensor {
    const x = inputs[0]!;
    if (!training) return tf.clone(x);
    const values = (seed: number) => {
      const random = mulberry32(seed);
      return Float32Array.from({ length: x.size }, () => (random() < 0.5 ? 2 : 0));
    };
    return tf.mul(x, typeof seed === 'function' ? seed(x.shape, values) : tf.tensor(values(seed!), x.shape));
  }
}

const seeded = (seed: number) => tf.initializers.heNormal({ seed });

/** Convolutions, with or without batch normalization, pooling, dropout whose mask follows the step. */
function smallNet({ normalizes = false, drops = false } = {}): tf.LayersModel {
  const norm = () => (normalizes ? [tf.layers.batchNormalization({})] : []);
  const convolution = (seed: number, more: object = {}) =>
    tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', kernelInitializer: seeded(seed), ...more });
  return tf.sequential({
    layers: [
      convolution(1, { name: 'first', inputShape: [SIDE, SIDE, 2] }),
      ...norm(),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 3, padding: 'same', depthwiseInitializer: seeded(2) }),
      ...norm(),
      tf.layers.activation({ activation: 'tanh' }),
      tf.layers.flatten(),
      ...(drops ? [new MaskedBySeed({})] : []),
      tf.layers.dense({ name: 'head', units: CLASSES, kernelInitializer: seeded(3) }),
    ],
  });
}

/** An NFNet with stochastic depth, dropout and squeeze-excite, whose branches are not dead at the start. */
function smallNfnet(): tf.LayersModel {
  const spec: NFNetSpec = {
    ...NFNET.nfnet_f0,
    stem: [4, 8].map((channels, i) => ({ channels, stride: i === 0 ? 2 : (1 as const) })),
    widths: [8],
    depths: [2],
    strides: [1],
    groupWidth: 4,
    finalChannels: 8,
    dropRate: 0.3,
    stochasticDepthRate: 0.4,
  };
  const model = createModel(spec, { numClasses: CLASSES, inputShape: [SIDE, SIDE, 2], seed: 3 });
  for (const layer of model.layers) {
    if (layer.name.endsWith('skip_gain')) tf.tidy(() => layer.setWeights([tf.scalar(0.7)]));
  }
  return model;
}

interface Run {
  readonly model?: () => tf.LayersModel;
  readonly optimizer?: () => tf.Optimizer;
  readonly averages?: boolean;
  readonly change?: () => Partial<TrainTask>;
  /** Done after a step's event. */
  readonly after?: (event: StepEnd, task: TrainTask) => void;
}

const rated = (transforms: readonly GradientTransform[] = []) =>
  withTransforms(sgd({ learningRate: 0.05, momentum: 0.9 }), ...transforms);

/** What 50 steps come to. */
async function run(compile: boolean, { model: makeModel = smallNet, optimizer: make, averages, change, after }: Run) {
  const [model, optimizer] = [makeModel(), make?.() ?? rated()];
  const average = averages ? ema(model, { decay: 0.9 }) : undefined;
  const events: TrainEvent[] = [];
  const task: TrainTask = {
    model,
    optimizer,
    data: data(),
    epochs: 100,
    steps: STEPS,
    batchSize: 8,
    seed: 4,
    compile,
    ...(average && { ema: average }),
    ...change?.(),
  };
  for await (const event of train(task)) {
    events.push(event);
    if (event.type === 'step-end') after?.(event, task);
  }
  const weights = model.weights.map((weight) => weight.read().dataSync<'float32'>().slice());
  const averaged = await average?.withAverage(() =>
    model.weights.map((weight) => weight.read().dataSync<'float32'>().slice()),
  );
  average?.dispose();
  optimizer.dispose();
  // tf's own leak: the rate, which momentum keeps besides.
  tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
  model.dispose();
  return { events, weights: [...weights, ...(averaged ?? [])], iterations: optimizer.iterations };
}

const steps = (events: readonly TrainEvent[]) => events.filter((event): event is StepEnd => event.type === 'step-end');

/** Both ways, one beside the other. */
async function expectSame(options: Run): Promise<readonly StepEnd[]> {
  const eager = await run(false, options);
  const compiled = await run(true, options);
  expect(eager.events[0]).toMatchObject({ type: 'run-start', isCompiled: false });
  expect(compiled.events[0]).toMatchObject({ type: 'run-start', isCompiled: true });
  const [expected, actual] = [steps(eager.events), steps(compiled.events)];
  expect(actual.length).toBe(expected.length);
  expect(new Set(expected.map(({ loss }) => loss)).size).toBeGreaterThan(expected.length / 2);
  for (const [i, step] of expected.entries()) {
    const { loss } = actual[i]!;
    expect(Math.abs(loss - step.loss) / step.loss, `loss ${i}: ${loss} for ${step.loss}`).toBeLessThan(1e-6);
    const { learningRate, samples, epoch } = step;
    expect(actual[i]).toMatchObject({ samples, epoch, ...(learningRate !== undefined && { learningRate }) });
  }
  for (const [i, values] of eager.weights.entries()) {
    const size = Math.hypot(...values);
    const apart = Math.hypot(...values.map((value, j) => value - compiled.weights[i]![j]!));
    expect(apart, `weight ${i}`).toBeLessThanOrEqual(1e-6 * size);
  }
  expect(compiled.iterations).toBe(eager.iterations);
  return actual;
}

describe('a run that is compiled on wasm has the losses and weights of one that is not', () => {
  it.each<[string, Run]>([
    ['plain steps', { averages: true }],
    ['masks', { averages: true, model: () => smallNet({ drops: true }) }],
    ['an NFNet with stochastic depth', { model: smallNfnet, averages: true }],
    ['batch normalization', { model: () => smallNet({ normalizes: true }) }],
    ['accumulated steps', { change: () => ({ step: accumulatedStep({ microBatches: 3 }) }), averages: true }],
    ['SAM', { change: () => ({ step: samStep() }) }],
    [
      'SAM on a part, under masks',
      {
        model: () => smallNet({ drops: true }),
        change: () => ({ step: samStep({ rho: 0.1, ascentShare: 0.25 }) }),
      },
    ],
    ['adaptive SAM of parts', { change: () => ({ step: samStep({ adaptive: true, microBatches: 2 }) }) }],
    ['smooth labels and weighted classes', { change: () => ({ labelSmoothing: 0.1, classWeights: [1, 2, 0.5] }) }],
    [
      'a schedule',
      { change: () => ({ schedule: warmupCosine({ maxLearningRate: 0.1, warmupSteps: 5, totalSteps: STEPS }) }) },
    ],
    ['batches that are not full', { change: () => ({ partialBatch: 'keep' }) }],
    [
      'layers that are frozen on the way',
      {
        after: ({ step }, { model }) => {
          if (step === 10) model.layers[0]!.trainable = false;
          if (step === 30) model.layers[0]!.trainable = true;
        },
      },
    ],
  ])('%s', async (_, options) => {
    await expectSame(options);
  });

  it.each<[string, () => tf.Optimizer]>([
    ['sgd', () => sgd({ learningRate: 0.05 })],
    ["Nesterov's momentum", () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
    ['rmspropTF', () => rmspropTF({ learningRate: 0.01, momentum: 0.9 })],
    ['adam', () => adam({ learningRate: 0.005 })],
    ['adamW', () => adamW({ learningRate: 0.005 })],
    ['stableAdamW', () => stableAdamW({ learningRate: 0.005 })],
    ['cautious adamW', () => adamW({ learningRate: 0.005, cautious: true })],
    ['muon', () => muon({ learningRate: 0.01, exclude: ['head'] })],
    ['lamb', () => lamb({ learningRate: 0.01 })],
    ['lars', () => lars({ learningRate: 0.1 })],
    ["tf's sgd", () => tf.train.sgd(0.05)],
    ["tf's momentum", () => tf.train.momentum(0.05, 0.9, true)],
    ["tf's adagrad", () => tf.train.adagrad(0.05)],
    ["tf's adadelta", () => tf.train.adadelta(0.1)],
    ["tf's rmsprop", () => tf.train.rmsprop(0.005, 0.9, 0.5)],
    ["tf's adam", () => tf.train.adam(0.005)],
    ["tf's adamax", () => tf.train.adamax(0.005)],
  ])('by %s', async (_, optimizer) => {
    await expectSame({ optimizer });
  });

  it.each<[string, () => GradientTransform[]]>([
    ['AGC', () => [adaptiveGradClip({ clipFactor: 0.02, exclude: ['head'] })]],
    ['the mean of its own norms', () => [adaGC({ maxNorm: 0.5, warmupSteps: 5 })]],
    ['root mean squares', () => [clipByBlockRms({ threshold: 0.01 })]],
    [
      'soft AGC of tensors by a cosine',
      () => [
        adaptiveGradClip({
          clipFactor: { from: 0.1, to: 0.01, steps: 20, shape: 'cosine' },
          unit: 'tensor',
          form: 'soft',
        }),
      ],
    ],
    [
      'AGC with gains apart by a ratio',
      () => [
        adaptiveGradClip({
          clipFactor: { from: 0.1, to: 0.01, steps: 70, shape: 'exponential' },
          unit: 'gain-apart',
        }),
      ],
    ],
    ['singular values', () => [spectralClip({ maxNorm: 0.05 })]],
    ['singular values, hard', () => [spectralClip({ maxNorm: 0.05, form: 'hard' })]],
    ['decayed weights', () => [addDecayedWeights({ weightDecay: 1e-2 })]],
    ['a global norm', () => [clipByGlobalNorm({ maxNorm: 0.1 })]],
    ['values', () => [clipByValue({ maxValue: 0.01 })]],
    [
      'all of them',
      () => [adaptiveGradClip(), addDecayedWeights({ weightDecay: 1e-3 }), clipByGlobalNorm({ maxNorm: 0.5 })],
    ],
  ])('clipped by %s', async (_, transforms) => {
    await expectSame({ optimizer: () => rated(transforms()) });
  });

  it('and the same clipping of layers', async () => {
    const statsOf = async (compile: boolean) => {
      const { events } = await run(compile, {
        optimizer: () => rated([adaptiveGradClip({ clipFactor: 0.02 })]),
        change: () => ({ clipStats: { meter: clipMeter({ clipFactor: 0.02 }), everySteps: 5 } }),
      });
      return steps(events).flatMap(({ clipStats }) => clipStats ?? []);
    };
    const [eager, compiled] = [await statsOf(false), await statsOf(true)];
    expect(eager.length).toBeGreaterThan(20);
    expect(compiled.map(({ layer, units, clippedUnits }) => [layer, units, clippedUnits])).toEqual(
      eager.map(({ layer, units, clippedUnits }) => [layer, units, clippedUnits]),
    );
    for (const [i, { largestRatio }] of eager.entries()) {
      expect(Math.abs(compiled[i]!.largestRatio - largestRatio)).toBeLessThanOrEqual(1e-5 * largestRatio);
    }
  });
});

describe('a run that is compiled on wasm diverges where one that is not does', () => {
  it.each<[string, Run]>([
    [
      'a rate that is too high',
      {
        change: () => ({ schedule: (step: number) => (step < 5 ? 0.01 : 1e18) }),
        optimizer: () => sgd({ learningRate: 0.01 }),
      },
    ],
    [
      'a weight that is set to NaN',
      {
        after: ({ step }, { model }) => {
          if (step !== 6) return;
          tf.tidy(() =>
            model.layers[0]!.setWeights(model.layers[0]!.getWeights().map((weight) => tf.mul(weight, Number.NaN))),
          );
        },
      },
    ],
    ['rising losses', { change: () => ({ schedule: (step: number) => (step < 5 ? 0.01 : 3) }) }],
  ])('by %s', async (_, options) => {
    const end = async (compile: boolean) => {
      const { events } = await run(compile, options);
      return events.find((event): event is RunDiverged => event.type === 'run-diverged');
    };
    const [eager, compiled] = [await end(false), await end(true)];
    expect(eager).toBeDefined();
    const { loss: lastLoss, ...told } = eager!;
    const { loss, ...alsoTold } = compiled!;
    expect(alsoTold).toEqual(told);
    if (Number.isFinite(lastLoss)) expect(Math.abs(loss - lastLoss) / lastLoss).toBeLessThan(1e-5);
    else expect(loss).toBe(lastLoss);
  });
});
