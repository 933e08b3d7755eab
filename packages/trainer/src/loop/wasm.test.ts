import { sgd } from '@nfnets/optimizers';
import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import { points, smallClassifier, weightValues } from '../__fixtures__/small-classifier.js';
import { type Evaluation, ema, softmaxCrossEntropy, train } from '../index.js';

afterEach(async () => {
  await tf.setBackend('cpu');
});

/** What `compute` gives on the cpu and on the wasm backend. */
async function onBoth<T>(compute: () => T | Promise<T>): Promise<[T, T]> {
  await tf.setBackend('cpu');
  const expected = await compute();
  await tf.setBackend('wasm');
  return [await compute(), expected];
}

describe('on the wasm backend', () => {
  it.each([0, 0.1])('the loss and its gradient are those of the cpu, smoothing %d', async (labelSmoothing) => {
    const [actual, expected] = await onBoth(() =>
      tf.tidy(() => {
        const labels = tf.tensor1d([2, 0], 'int32');
        const logits = tf.tensor2d([
          [1, 0.5, 3],
          [0, 0, 0.3],
        ]);
        const { value, grad } = tf.valueAndGrad((x) => softmaxCrossEntropy(x, labels, { labelSmoothing }))(logits);
        return [...value.dataSync(), ...grad.dataSync()];
      }),
    );
    expect(expected[0]).toBeGreaterThan(0.6);
    expectTensorClose(actual, expected);
  });

  it('a run gives the losses, weights and evaluations of the cpu', async () => {
    const [actual, expected] = await onBoth(async () => {
      const model = smallClassifier();
      const optimizer = sgd({ learningRate: 0.1 });
      const average = ema(model, { decay: 0.9 });
      const losses: number[] = [];
      const evaluations: Evaluation[] = [];
      const task = { model, optimizer, ema: average, data: points(40), epochs: 3, batchSize: 8, seed: 1 };
      for await (const event of train({ ...task, labelSmoothing: 0.1, evaluate: { data: points(20) } })) {
        if (event.type === 'step-end') losses.push(event.loss);
        if (event.type === 'epoch-end') evaluations.push(event.evaluation!, event.emaEvaluation!);
      }
      const weights = weightValues(model);
      for (const thing of [model, optimizer, average]) thing.dispose();
      return { losses, weights, evaluations };
    });
    expect(expected.losses.at(-1)).toBeLessThan(expected.losses[0]!);
    expectTensorClose(actual.losses, expected.losses);
    expectTensorClose(actual.weights, expected.weights);
    expectTensorClose(
      actual.evaluations.flatMap(({ loss, accuracy }) => [loss, accuracy]),
      expected.evaluations.flatMap(({ loss, accuracy }) => [loss, accuracy]),
    );
  });
});
