import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import { type FitOptions, fit, type StepEnd, train, warmupCosine } from '../index.js';
import { checkpoints } from '../node.js';

/** Fits a new network, which it disposes. */
async function fitNew(options: FitOptions, length = 200) {
  const model = smallClassifier();
  try {
    return await fit(model, points(length), options);
  } finally {
    model.dispose();
  }
}

describe('fit', () => {
  it('learns with nothing but a model and data, and tells how it went', async () => {
    const { losses, epochs, diverged } = await fitNew({});
    // 200 points are 3 batches of 64 in each of 10 epochs.
    expect(losses.length).toBe(30);
    expect(epochs.map(({ epoch, step }) => [epoch, step]).at(-1)).toEqual([9, 29]);
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    expect(diverged).toBeUndefined();
  });

  it('makes the run that train makes', async () => {
    const data = points(100);
    const { losses } = await fitNew({ epochs: 2, batchSize: 10, learningRate: 0.2, seed: 3 }, 100);
    const [model, optimizer] = [smallClassifier(), sgd({ learningRate: 0.2 })];
    // 20 steps, a twentieth of which is 1; the first is made at half the rate, not at none.
    const rates = { maxLearningRate: 0.2, startLearningRate: 0.1 };
    const schedule = warmupCosine({ ...rates, warmupSteps: 1, totalSteps: 20 });
    const expected: number[] = [];
    for await (const event of train({ model, optimizer, data, epochs: 2, batchSize: 10, seed: 3, schedule })) {
      if (event.type === 'step-end') expected.push(event.loss);
    }
    expect(losses).toEqual(expected);
    model.dispose();
    optimizer.dispose();
  });

  it('evaluates, and calls back in order', async () => {
    const told: string[] = [];
    const { epochs } = await fitNew({
      epochs: 2,
      batchSize: 100,
      evaluate: points(50),
      onEpoch: async ({ epoch }) => void told.push(`epoch ${epoch}`),
      onEvent: ({ type }) => void told.push(type),
    });
    expect(told).toEqual([
      'run-start',
      'step-end',
      'step-end',
      'epoch-end',
      'epoch 0',
      'step-end',
      'step-end',
      'epoch-end',
      'epoch 1',
      'run-end',
    ]);
    expect(epochs[1]!.evaluation).toMatchObject({ samples: 50 });
  });

  it('takes the rate of an optimizer that it is given, and leaves it to the caller', async () => {
    const optimizer = sgd({ learningRate: 0.3 });
    const rates: number[] = [];
    const onEvent = (event: { type: string }) => {
      if (event.type === 'step-end') rates.push((event as StepEnd).learningRate!);
    };
    await fitNew({ optimizer, epochs: 1, batchSize: 10, onEvent });
    // 20 steps: the warm-up ends at step 1.
    expect(rates[1]).toBe(0.3);
    expect(optimizer.iterations).toBe(20);
    optimizer.dispose();
    const adam = tf.train.adam(0.01);
    const { losses } = await fitNew({ optimizer: adam, epochs: 1 });
    expect(losses.length).toBe(3);
    adam.dispose();
  });

  it('tells why it gave up', async () => {
    const { diverged, epochs } = await fitNew({ learningRate: 1e20, epochs: 3 });
    expect(diverged).toMatch(/is (NaN|not finite|Infinity)/);
    expect(epochs.length).toBeLessThan(3);
  });

  it('goes on from a checkpoint', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfnets-fit-'));
    const stop = new Error('stop');
    const whole = await fitNew({ epochs: 3 });
    const interrupted = fitNew({
      epochs: 3,
      checkpoint: checkpoints(folder),
      onEvent: (event) => {
        if (event.type === 'step-end' && event.step === 4) throw stop;
      },
    });
    await expect(interrupted).rejects.toBe(stop);
    const rest = await fitNew({ epochs: 3, checkpoint: checkpoints(folder) });
    expect(rest.losses).toEqual(whole.losses.slice(3));
    rmSync(folder, { recursive: true });
  });
});
