import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import { ema, train, warmupCosine } from '../index.js';

// For 100,000 steps, and memory: `pnpm bench soak`.
it('a run of 3,000 steps holds the same number of tensors from its second step on', async () => {
  const [model, optimizer, data] = [smallClassifier({ dropout: true }), sgd({ learningRate: 0.1 }), points(240)];
  const average = ema(model, { decay: 0.99 });
  const schedule = warmupCosine({ maxLearningRate: 0.1, warmupSteps: 100, totalSteps: 3000 });
  const task = { model, optimizer, data, epochs: 50, batchSize: 4, seed: 0, schedule, ema: average };
  const counts: number[] = [];
  for await (const event of train({ ...task, evaluate: { data, everyEpochs: 10 } })) {
    if (event.type === 'step-end') counts.push(tf.memory().numTensors);
  }
  expect(counts.length).toBe(3000);
  expect(new Set(counts.slice(1)).size).toBe(1);
  for (const thing of [model, optimizer, average]) thing.dispose();
});
