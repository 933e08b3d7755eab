import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  accumulatedStep,
  type Batch,
  plainStep,
  samStep,
  type TrainEvent,
  type TrainingStep,
  train,
} from '../index.js';
import { lossGradients } from './training-step.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
const engines = [
  ['cpu', undefined],
  ['tensorflow', missing],
] as const;

function makeModel(): tf.LayersModel {
  const initializer = (seed: number) => tf.initializers.randomNormal({ stddev: 0.5, seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [4], activation: 'tanh', kernelInitializer: initializer(1) }),
      tf.layers.dense({ units: 3, kernelInitializer: initializer(2) }),
    ],
  });
}

function makeBatch(samples: number): Batch {
  return {
    images: tf.tensor2d(
      Float32Array.from({ length: samples * 4 }, (_, i) => Math.sin(3 * i + 1)),
      [samples, 4],
    ),
    labels: tf.tensor1d(
      Int32Array.from({ length: samples }, (_, i) => (i * i) % 3),
      'int32',
    ),
  };
}

const scalars = { seed: 1, labelSmoothing: 0.1 };

/** Loss of a step on `samples` samples, and the weights after it. */
function stepOn(samples: number, step: TrainingStep): number[] {
  const model = makeModel();
  const optimizer = sgd({ learningRate: 1, momentum: 0 });
  const batch = makeBatch(samples);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const loss = step({ model, optimizer, variables }, batch, scalars);
  const numbers = [...loss.dataSync(), ...model.getWeights().flatMap((weight) => [...weight.dataSync()])];
  tf.dispose([batch.images, batch.labels, loss]);
  optimizer.dispose();
  model.dispose();
  return numbers;
}

/** What {@link samStep} on unequal parts is by its definition: each part's gradient above it, weighted by its samples. */
function samByHand(samples: number, sizes: number[], rho: number, ascent: (size: number) => number): TrainingStep {
  return (state, { images, labels }, scalars) =>
    tf.tidy(() => {
      const { variables } = state;
      const sums = variables.map((variable) => tf.zerosLike(variable));
      let lossSum: tf.Tensor = tf.scalar(0);
      let start = 0;
      for (const size of sizes) {
        const first = (count: number) => ({
          images: tf.slice(images, start, count),
          labels: tf.slice(labels, start, count),
        });
        const below = lossGradients(state, first(ascent(size)), scalars);
        const weights = variables.map((variable) => tf.clone(variable));
        const directions = variables.map(({ name }) => below.gradients[name]!);
        const norm = tf.sqrt(tf.addN(directions.map((direction) => tf.sum(tf.square(direction)))));
        for (const [i, variable] of variables.entries())
          variable.assign(tf.add(weights[i]!, tf.mul(directions[i]!, tf.div(rho, norm))));
        const above = lossGradients(state, first(size), scalars);
        for (const [i, variable] of variables.entries()) {
          variable.assign(weights[i]!);
          sums[i] = tf.add(sums[i]!, tf.mul(above.gradients[variable.name]!, size / samples));
        }
        const { loss } = ascent(size) === size ? below : above;
        lossSum = tf.add(lossSum, tf.mul(loss, size / samples));
        start += size;
      }
      for (const [i, variable] of variables.entries()) variable.assign(tf.sub(variable, sums[i]!));
      return lossSum as tf.Scalar;
    });
}

function expectNear(actual: number[], expected: number[], tolerance = 1e-6): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value), `${i}`).toBeLessThan(tolerance);
}

describe.each(engines)('a batch in parts that are not equal, on %s', (backend, missing) => {
  const on = it.skipIf(missing !== undefined);
  const note = missing === undefined ? '' : ` (${missing})`;
  const using = async () => expect(await tf.setBackend(backend)).toBe(true);

  on.each([
    [7, 3],
    [11, 4],
    [2, 3],
    [1, 8],
    [8, 4],
  ])(`makes of %i samples in %i parts the plain step${note}`, async (samples, microBatches) => {
    await using();
    const whole = stepOn(samples, plainStep);
    expectNear(stepOn(samples, accumulatedStep({ microBatches })), whole);
    // Without a way up, SAM is the plain step.
    expectNear(stepOn(samples, samStep({ rho: 0, microBatches })), whole);
  });

  on.each([
    [7, [3, 2, 2], 1, (size: number) => size],
    // A third of 3 is one sample, and of 2 it is rounded to one.
    [7, [3, 2, 2], 1 / 3, () => 1],
    [2, [1, 1], 1, () => 1],
    // A fifth of 7 samples are 1.4.
    [7, [7], 0.2, () => 1],
  ])(`climbs with each part: %i samples in parts of %j, share %d${note}`, async (samples, sizes, share, ascent) => {
    await using();
    const step = samStep({ rho: 0.3, ascentShare: share, microBatches: sizes.length });
    expectNear(stepOn(samples, step), stepOn(samples, samByHand(samples, sizes, 0.3, ascent)));
  });
});

/** Losses and means of a run over 11 samples in batches of 4, whose last has 3. */
async function runOn11(backend: string, compile: boolean, step: TrainingStep) {
  await tf.setBackend(backend);
  const [model, optimizer] = [makeModel(), sgd({ learningRate: 0.1 })];
  const { images, labels } = makeBatch(11);
  const data = arrayDataset({
    images: images.dataSync<'float32'>(),
    labels: [...labels.dataSync()],
    imageShape: [4],
    numClasses: 3,
  });
  const task = { model, optimizer, data, epochs: 3, batchSize: 4, partialBatch: 'keep' as const, seed: 2 };
  const events: TrainEvent[] = [];
  for await (const event of train({ ...task, step, compile })) events.push(event);
  const weights = model.getWeights().flatMap((weight) => [...weight.dataSync()]);
  tf.dispose([images, labels]);
  optimizer.dispose();
  model.dispose();
  const steps = events.filter((event) => event.type === 'step-end');
  const means = events.filter((event) => event.type === 'epoch-end').map(({ meanLoss }) => meanLoss);
  return { losses: steps.map(({ loss }) => loss), samples: steps.map(({ samples }) => samples), means, weights };
}

it('trains alike on every path where the last batch of an epoch is not full, and the mean loss is one over samples', async () => {
  const paths =
    missing === undefined
      ? ([
          ['cpu', false],
          ['tensorflow', false],
          ['tensorflow', true],
        ] as const)
      : ([['cpu', false]] as const);
  const whole = await runOn11('cpu', false, plainStep);
  expect(whole.samples).toEqual([4, 4, 3, 4, 4, 3, 4, 4, 3]);
  for (const [epoch, mean] of whole.means.entries()) {
    const [a, b, c] = whole.losses.slice(3 * epoch) as [number, number, number];
    expect(mean).toBeCloseTo((4 * a + 4 * b + 3 * c) / 11, 12);
  }
  for (const [backend, compile] of paths) {
    for (const microBatches of [1, 2, 3, 4]) {
      const parts = await runOn11(backend, compile, accumulatedStep({ microBatches }));
      expect(parts.samples).toEqual(whole.samples);
      for (const key of ['losses', 'means', 'weights'] as const) expectNear(parts[key], whole[key], 3e-6);
    }
  }
  const sam = await runOn11('cpu', false, samStep({ microBatches: 2 }));
  for (const [backend, compile] of paths.slice(1)) {
    const other = await runOn11(backend, compile, samStep({ microBatches: 2 }));
    for (const key of ['losses', 'means', 'weights'] as const) expectNear(other[key], sam[key], 3e-6);
  }
});
