import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import { isBetter } from '../checkpoints/best-metric.js';
import { softmaxCrossEntropy, type TrainEvent, train, warmupCosine } from '../index.js';
import { followImprovement, whyStop } from './early-stopping.js';

it('ends a run when evaluations get no better', async () => {
  const [model, optimizer, data] = [smallClassifier(), sgd({ learningRate: 0 }), points(40)];
  const task = { model, optimizer, data, epochs: 9, batchSize: 10, seed: 0, evaluate: { data } };
  const events: TrainEvent[] = [];
  for await (const event of train({ ...task, earlyStopping: { patience: 2 } })) events.push(event);
  expect(events.filter(({ type }) => type === 'epoch-end').length).toBe(3);
  expect(events.at(-1)).toMatchObject({
    type: 'run-end',
    steps: 12,
    epochs: 3,
    stopped: expect.stringMatching(/^loss has not improved on \d.\d+ for 2 evaluations$/),
  });
  model.dispose();
  optimizer.dispose();
});

it('counts from the best figure, and nothing that is not finite as better', () => {
  const state = { best: null, waited: 0 };
  const stops = [Number.NaN, 0.5, 0.495, Infinity, 0.3, 0.4, 0.4, 0.4].map((loss) => {
    followImprovement({ patience: 3, minDelta: 0.01 }, state, { accuracy: 0, loss });
    return whyStop({ patience: 3 }, state) !== undefined;
  });
  expect(stops).toEqual([false, false, false, false, false, false, false, true]);
  expect(isBetter('accuracy', 0.6, 0.5)).toBe(true);
  expect(isBetter('loss', Number.NaN, null)).toBe(false);
});

it('weighs classes: the terms of the loss, and its gradient', () => {
  tf.tidy(() => {
    const logits = tf.tensor2d([
      [1, 2, 0.5],
      [0, -1, 3],
    ]);
    const labels = tf.tensor1d([0, 2], 'int32');
    const loss = (x: tf.Tensor) => softmaxCrossEntropy(x, labels, { classWeights: [3, 1, 0.5] });
    // -log softmax: 1.4644 and 0.0659; (3 * 1.4644 + 0.5 * 0.0659) / 2.
    expect(loss(logits).dataSync()[0]).toBeCloseTo(2.2131, 3);
    const gradient = tf.grad(loss)(logits).dataSync();
    for (let i = 0; i < 6; i++) {
      const at = (step: number) => {
        const values = logits.dataSync().slice();
        values[i]! += step;
        return loss(tf.tensor2d(values, [2, 3])).dataSync()[0]!;
      };
      expect(gradient[i]).toBeCloseTo((at(0.01) - at(-0.01)) / 0.02, 2);
    }
  });
});

it('of labels that add up to two the gradient is that of the loss', () => {
  tf.tidy(() => {
    const labels = tf.tensor2d([[2, 0, 0]]);
    const gradient = tf
      .grad((x) => softmaxCrossEntropy(x, labels))(tf.zeros([1, 3]))
      .dataSync();
    // 2 * (1/3 - 1), 2 * 1/3.
    for (const [i, expected] of [-4 / 3, 2 / 3, 2 / 3].entries()) expect(gradient[i]).toBeCloseTo(expected, 5);
  });
});

it('a schedule may start above zero, and begin its cosine anew', () => {
  const schedule = warmupCosine({
    maxLearningRate: 1,
    startLearningRate: 0.5,
    cycles: 2,
    warmupSteps: 2,
    totalSteps: 10,
  });
  const rates = [0, 0.5, 0.75, 1, 0.5, 0, 1, 0.5];
  expect([10, 0, 1, 2, 4, 5.999999, 6, 8].map(schedule).map((rate) => Number(rate.toFixed(3)))).toEqual(rates);
});
