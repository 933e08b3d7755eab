import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { adamW, sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { ema, type TrainEvent, train } from '../index.js';
import { checkpoints } from '../node.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);

const data = arrayDataset({
  images: Float32Array.from({ length: 64 }, (_, i) => Math.sin(3 * i + 1)),
  labels: Array.from({ length: 16 }, (_, i) => (i * i) % 3),
  numClasses: 3,
  imageShape: [4],
});

/** Two layers of one shape, so that nothing but their order tells their slots apart, and logits. */
function makeModel(): tf.Sequential {
  const kernel = (seed: number) => ({ kernelInitializer: tf.initializers.randomNormal({ stddev: 0.5, seed }) });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [4], activation: 'tanh', name: 'first', trainable: false, ...kernel(1) }),
      tf.layers.dense({ units: 4, activation: 'tanh', name: 'second', ...kernel(2) }),
      tf.layers.dense({ units: 3, name: 'head', ...kernel(3) }),
    ],
  });
}

/**
 * Trains the last two layers, from step 2 the first as well, and from step 6 not the second. Ends after `steps`.
 *
 * @param resumeChange what the loop does when the run is resumed
 */
async function run(
  folder: string,
  make: () => tf.Optimizer,
  steps: number,
  resumeChange?: (model: tf.Sequential) => void,
) {
  const [model, optimizer] = [makeModel(), make()];
  const average = ema(model, { decay: 0.5 });
  const checkpoint = checkpoints(folder, { everySteps: 1, keep: 1 });
  const set = (name: string, trainable: boolean) => {
    (model.getLayer(name) as tf.layers.Layer & { trainable: boolean }).trainable = trainable;
  };
  const events: TrainEvent[] = [];
  for await (const event of train({
    model,
    optimizer,
    data,
    epochs: 5,
    batchSize: 8,
    seed: 1,
    ema: average,
    checkpoint,
  })) {
    events.push(event);
    if (event.type === 'run-resumed') resumeChange?.(model);
    if (event.type === 'step-end' && event.step === 1) set('first', true);
    if (event.type === 'step-end' && event.step === 5) set('second', false);
    if (event.type === 'checkpoint-saved' && event.step === steps - 1) break;
  }
  const read = () => model.layers.flatMap((layer) => layer.getWeights()).flatMap((weight) => [...weight.dataSync()]);
  const made = { events, weights: read(), averages: await average.withAverage(read) };
  average.dispose();
  model.dispose();
  disposeOptimizer(optimizer);
  return made;
}

function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  // tf's own leaks: the rate and the momentum, which it keeps in tensors besides.
  const { c, m, optimizer: inner } = optimizer as unknown as { c?: tf.Tensor; m?: tf.Tensor; optimizer?: tf.Optimizer };
  tf.dispose([c ?? [], m ?? []]);
  if (inner) disposeOptimizer(inner);
}

async function inFolders<T>(use: (whole: string, parts: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'resume-unfrozen-'));
  try {
    return await use(join(folder, 'whole'), join(folder, 'parts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each([
  ['cpu', undefined],
  ['tensorflow', missing],
])('a run whose layers are frozen and unfrozen in the loop, on %s', (backend, missing) => {
  const note = missing === undefined ? '' : ` (${missing})`;
  const on = it.skipIf(missing !== undefined);

  on.each([
    ['sgd', () => sgd({ learningRate: 0.1 })],
    ['adamW', () => adamW({ learningRate: 0.1 })],
    ['tf.train.momentum', () => tf.train.momentum(0.1, 0.9)],
    ['tf.train.adam', () => tf.train.adam(0.1)],
    ['agc(tf.train.momentum)', () => agc(tf.train.momentum(0.1, 0.9))],
  ])(`goes on after a crash bit for bit: %s${note}`, async (_, make) => {
    await tf.setBackend(backend);
    await inFolders(async (whole, parts) => {
      const expected = await run(whole, make, 10);
      // Before the first change, between the two, and after both.
      for (const steps of [1, 4, 8]) await run(parts, make, steps);
      const { events, weights, averages } = await run(parts, make, 10);
      expect(weights).toEqual(expected.weights);
      expect(averages).toEqual(expected.averages);
      expect(events[0]).toMatchObject({ type: 'run-resumed', steps: 8, refrozen: ['first', 'second'] });
      const losses = (from: TrainEvent[]) => from.flatMap((event) => (event.type === 'step-end' ? [event.loss] : []));
      expect(losses(events)).toEqual(losses(expected.events).slice(8));
    });
  });

  on(`can be told otherwise when it is resumed${note}`, async () => {
    await tf.setBackend(backend);
    await inFolders(async (folder) => {
      const make = () => sgd({ learningRate: 0.1 });
      const { weights: before } = await run(folder, make, 4);
      const { weights: after } = await run(folder, make, 5, (model) => {
        for (const layer of model.layers.slice(0, 2)) layer.trainable = false;
      });
      // The first two layers have 20 numbers each.
      expect(after.slice(0, 40)).toEqual(before.slice(0, 40));
      expect(after.slice(40)).not.toEqual(before.slice(40));
    });
  });
});
