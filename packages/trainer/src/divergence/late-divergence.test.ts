import { agc } from '@nfnets/agc';
import { arrayDataset } from '@nfnets/data';
import { lars, sgd } from '@nfnets/optimizers';
import { mulberry32 } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import {
  divergenceDetector,
  type RunDiverged,
  type StepEnd,
  type TrainEvent,
  type TrainTask,
  train,
} from '../index.js';
import { findLateDivergence } from './late-divergence.js';

/** The event that ends a run of 4 steps, or as `change` says. */
async function endOf(change: Partial<TrainTask>) {
  const model = change.model ?? smallClassifier();
  const optimizer = change.optimizer ?? sgd({ learningRate: 0.1 });
  const events: TrainEvent[] = [];
  const task = { data: points(40), epochs: 1, batchSize: 10, seed: 0, ...change, model, optimizer };
  for await (const event of train(task)) events.push(event);
  optimizer.dispose();
  model.dispose();
  const losses = events.filter((event): event is StepEnd => event.type === 'step-end').map(({ loss }) => loss);
  return { end: events.at(-1) as RunDiverged, losses, types: events.map(({ type }) => type) };
}

describe('a run that explodes in its last steps', () => {
  it.each([
    ['without an evaluation', undefined],
    ['with one', { data: points(30) }],
  ])('has diverged, %s', async (_, evaluate) => {
    const schedule = (step: number) => (step < 1 ? 0.1 : 60);
    const { end, losses } = await endOf({ schedule, ...(evaluate && { evaluate }) });
    expect(losses.length).toBe(4);
    expect(losses[1]).toBeLessThan(2.1);
    expect(end).toMatchObject({ type: 'run-diverged', kind: 'high-loss', step: 3, lostAt: 2 });
    expect(end.reason).toMatch(
      /^the loss of the last batch is .* with the final weights.*, above 2\.\d\d, and was .* before/,
    );
  });

  it('has at the last update, when no loss has seen it', async () => {
    const schedule = (step: number) => (step < 3 ? 0.1 : 1e9);
    const { end, losses } = await endOf({ schedule });
    expect(Math.max(...losses)).toBeLessThan(2.1);
    expect(end).toMatchObject({ type: 'run-diverged', kind: 'high-loss', step: 3, lostAt: 3 });
  });

  it('has at the only update, which ruins the weights', async () => {
    const { end, types } = await endOf({ batchSize: 40, schedule: () => 3e38 });
    expect(types).toEqual(['run-start', 'step-end', 'epoch-end', 'run-diverged']);
    expect(end).toMatchObject({ kind: 'non-finite-loss', step: 0, lostAt: 0 });
  });

  it('is not kept as a checkpoint', async () => {
    const saved: number[] = [];
    const checkpoint = {
      find: async () => undefined,
      isDue: ({ type }: { type: string }) => type === 'epoch-end',
      save: async ({ info }: { info: { position: { steps: number } } }) => `${saved.push(info.position.steps)}`,
    };
    await endOf({ schedule: (step) => (step < 1 ? 0.1 : 60), checkpoint });
    expect(saved).toEqual([]);
  });
});

describe('a run that ends well', () => {
  it.each<[string, Partial<TrainTask>]>([
    ['of few steps', {}],
    ['of one step', { batchSize: 40 }],
    ['with batches of one, whose losses are noisy', { batchSize: 1, epochs: 3, schedule: () => 0.02 }],
    ['clipped', { optimizer: agc(sgd({ learningRate: 0.5 })), epochs: 3 }],
    ['with lars', { optimizer: lars({ learningRate: 0.5 }), epochs: 3 }],
  ])('is no divergence: %s', async (_, change) => {
    expect((await endOf(change)).end.type).toBe('run-end');
  });

  it('is none where a net has its training data by heart and the test fails', async () => {
    const random = mulberry32(1);
    const noise = (length: number) =>
      arrayDataset({
        images: Float32Array.from({ length: 20 * length }, () => 2 * random() - 1),
        labels: Array.from({ length }, () => Math.floor(3 * random())),
        imageShape: [20],
        numClasses: 3,
      });
    const model = smallClassifier({ inputs: 20, hidden: 64 });
    const task = { model, data: noise(24), evaluate: { data: noise(60) }, epochs: 60, batchSize: 8 };
    const { end, losses } = await endOf({ ...task, optimizer: sgd({ learningRate: 0.3 }) });
    expect(losses.at(-1)).toBeLessThan(0.2);
    expect(end.type).toBe('run-end');
  });

  it('leaves the statistics of a normalization alone', async () => {
    const layers = [
      tf.layers.dense({ units: 4, inputShape: [2] }),
      tf.layers.batchNormalization(),
      tf.layers.dense({ units: 3 }),
    ];
    const model = tf.sequential({ layers });
    const optimizer = sgd({ learningRate: 0.1 });
    const mean = () => [...model.layers[1]!.getWeights()[2]!.dataSync()];
    let atLastStep: number[] = [];
    for await (const event of train({ model, optimizer, data: points(40), epochs: 1, batchSize: 10, seed: 0 })) {
      if (event.type === 'step-end') atLastStep = mean();
      else if (event.type === 'run-end') expect(mean()).toEqual(atLastStep);
    }
    model.dispose();
    optimizer.dispose();
  });
});

describe('findLateDivergence', () => {
  /** After `losses`, with `closing` as the loss at the end. */
  const late = (losses: number[], closing: number, evaluation?: number) => {
    const detect = divergenceDetector(10, { patience: 50 });
    for (const loss of losses) detect(loss);
    const tested = evaluation === undefined ? undefined : { loss: evaluation, accuracy: 0.1, samples: 9 };
    const end = { loss: losses.at(-1)!, evaluation: tested, closingLoss: async () => closing, margin: 1 };
    return findLateDivergence(detect, end);
  };

  it.each<[number[], number, number | undefined, number | undefined]>([
    // losses, loss at the end, loss of the evaluation, lost at
    [[2.3, 2.1, 26, 470, 1.3e30], Number.NaN, undefined, 2],
    [[2.3, 2.1, 26, 470], 1.3e30, undefined, 2],
    [[2.3, 2.2, 2.2, 2.2], 9e8, 9.1e8, 3],
    [[2.3, 2.2, 2.2, 2.2], 9e8, 2.4, undefined],
    [[2.3, 2.2, 2.2, 2.2], 0.5, 9.1e8, undefined],
    [[2.3, 5, 9, 14], 20, undefined, 1],
    [[2.3, 900, 850, 840], 835, undefined, 1],
    // A spike that it recovers from, a hard batch, and one that got a little harder.
    [[2.3, 2.2, 1e6], 4, undefined, undefined],
    [[2.3, 2.2, 8], 7.9, undefined, undefined],
    [[2.3, 2.2, 8], 8.1, undefined, undefined],
    [[2.3, 2.2, 2.1], 2.9, undefined, undefined],
  ])('of %j, then %d, evaluated as %s: lost at %s', async (losses, closing, evaluation, lostAt) => {
    expect((await late(losses, closing, evaluation))?.lostAt).toBe(lostAt);
  });
});

describe('the step at which a run was lost', () => {
  const lostAt = (losses: number[]) => {
    const detect = divergenceDetector(10, { patience: 20 });
    for (const loss of losses) {
      const found = detect(loss);
      if (found) return found.lostAt;
    }
    return undefined;
  };
  const fine = (count: number) => new Array<number>(count).fill(2);
  const bad = (count: number) => new Array<number>(count).fill(50);

  it.each<[string, number[], number]>([
    ['the one whose loss is NaN', [...fine(7), Number.NaN], 7],
    ['the first of losses that stay too high', [...fine(7), ...bad(30)], 7],
    ['the first of those before a NaN', [...fine(7), ...bad(3), Number.NaN], 7],
    ['not a spike before it', [...fine(7), 50, ...fine(7), ...bad(30)], 15],
    ['the same with single good ones between', [...fine(7), ...bad(12), 2, ...bad(30)], 7],
  ])('is %s', (_, losses, expected) => {
    expect(lostAt(losses)).toBe(expected);
  });
});
