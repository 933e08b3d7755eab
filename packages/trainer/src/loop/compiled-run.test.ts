import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { createModel, NFNET, type NFNetSpec } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import {
  accumulatedStep,
  ema,
  type StepEnd,
  samStep,
  type TrainEvent,
  type TrainTask,
  train,
  warmupCosine,
} from '../index.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
const note = missing === undefined ? '' : ` (${missing})`;

/** A small NFNet with stochastic depth and dropout, whose branches are not dead at the start. */
function makeModel() {
  const spec: NFNetSpec = {
    ...NFNET.nfnet_f0,
    stem: [8, 16].map((channels, i) => ({ channels, stride: i === 0 ? 2 : (1 as const) })),
    widths: [16, 32],
    depths: [1, 1],
    strides: [1, 2],
    groupWidth: 8,
    finalChannels: 32,
    dropRate: 0.3,
    stochasticDepthRate: 0.4,
  };
  const model = createModel(spec, { numClasses: 4, inputShape: [12, 12, 3], seed: 3 });
  for (const layer of model.layers) {
    if (!layer.name.endsWith('skip_gain')) continue;
    tf.tidy(() => layer.setWeights(layer.getWeights().map((gain) => tf.fill(gain.shape, 0.7))));
  }
  return model;
}

function makeData() {
  const images = tf.tidy(() => tf.randomNormal([80, 12, 12, 3], 0, 1, 'float32', 5).dataSync<'float32'>());
  return arrayDataset({
    images,
    labels: Array.from({ length: 80 }, (_, i) => (i * 7) % 4),
    imageShape: [12, 12, 3],
    numClasses: 4,
  });
}

/** 50 steps with clipping, decay, masks, a schedule and averages. */
async function run(compile: boolean, change: Partial<TrainTask>) {
  const model = makeModel();
  const transforms = [
    adaptiveGradClip({ clipFactor: 0.05, exclude: ['linear'] }),
    addDecayedWeights({ weightDecay: 1e-3 }),
  ];
  const optimizer = withTransforms(sgd({ learningRate: 0.1 }), ...transforms);
  const average = ema(model, { decay: 0.95 });
  const events: TrainEvent[] = [];
  const schedule = warmupCosine({ maxLearningRate: 0.1, warmupSteps: 10, totalSteps: 50 });
  const task = { model, optimizer, data: makeData(), epochs: 10, batchSize: 16, seed: 4, labelSmoothing: 0.1 };
  for await (const event of train({ ...task, schedule, ema: average, compile, ...change })) events.push(event);
  const averages = await average.withAverage(() => model.getWeights().map((weight) => [...weight.dataSync()]));
  average.dispose();
  optimizer.dispose();
  model.dispose();
  const losses = events.filter((event): event is StepEnd => event.type === 'step-end').map(({ loss }) => loss);
  return { start: events[0], losses, averages };
}

describe.skipIf(missing !== undefined)(`a compiled run${note}`, () => {
  it.each([
    ['plain', {}],
    ['accumulated', { step: accumulatedStep({ microBatches: 2 }) }],
    ['SAM', { step: samStep() }],
    ['SAM on a fifth of the batch', { step: samStep({ rho: 0.1, ascentShare: 0.2 }) }],
  ])('has the losses of the eager one: %s', { timeout: 120_000 }, async (_, change) => {
    const [eager, compiled] = [await run(false, change), await run(true, change)];
    expect(eager.start).toEqual({ type: 'run-start', isCompiled: false, precision: 'float32' });
    expect(compiled.start).toEqual({ type: 'run-start', isCompiled: true, precision: 'float32' });
    expect(eager.losses.length).toBe(50);
    // Masks differ from step to step, and so do losses.
    expect(new Set(eager.losses).size).toBe(50);
    for (const [i, loss] of eager.losses.entries()) {
      expect(Math.abs(compiled.losses[i]! - loss) / loss, `step ${i}: ${compiled.losses[i]} for ${loss}`).toBeLessThan(
        1e-5,
      );
    }
    for (const [i, weight] of eager.averages.entries()) {
      for (const [j, value] of weight.entries()) expect(Math.abs(compiled.averages[i]![j]! - value)).toBeLessThan(1e-4);
    }
  });

  it('runs eagerly, and says why, where it cannot be compiled', async () => {
    const starts = [];
    const model = smallClassifier();
    model.add(tf.layers.dropout({ rate: 0.5 }));
    for (const [optimizer, schedule] of [
      [sgd({ learningRate: 0.1 }), undefined],
      [tf.train.sgd(0.1), () => 0.1],
    ] as const) {
      const task = {
        model,
        optimizer,
        data: points(50),
        epochs: 1,
        batchSize: 25,
        seed: 0,
        ...(schedule && { schedule }),
      };
      for await (const event of train(task)) if (event.type === 'run-start') starts.push(event);
      await expect(train({ ...task, compile: true }).next()).rejects.toThrow(
        schedule ? 'train: `compile` is true, but the learning rate' : 'makes a constant in JavaScript',
      );
      optimizer.dispose();
    }
    model.dispose();
    expect(starts).toEqual([
      {
        type: 'run-start',
        isCompiled: false,
        precision: 'float32',
        reason: expect.stringMatching(/makes a constant in JavaScript that differs/),
      },
      {
        type: 'run-start',
        isCompiled: false,
        precision: 'float32',
        reason: expect.stringMatching(/^the learning rate of `optimizer` would stay/),
      },
    ]);
  });
});
