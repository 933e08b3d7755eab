import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropy } from '../index.js';

const logits = [
  [1, 2, 3],
  [0, 0, 0],
];

/** The loss and its gradient by the logits, from the definition, in double precision. */
function byDefinition(logits: number[][], targets: number[][]) {
  const probabilities = logits.map((row) => {
    const sum = row.reduce((total, x) => total + Math.exp(x), 0);
    return row.map((x) => Math.exp(x) / sum);
  });
  const losses = probabilities.map((row, i) => -row.reduce((sum, p, k) => sum + targets[i]![k]! * Math.log(p), 0));
  return {
    loss: losses.reduce((sum, x) => sum + x, 0) / losses.length,
    gradient: probabilities.flatMap((row, i) => row.map((p, k) => (p - targets[i]![k]!) / losses.length)),
  };
}

describe('softmaxCrossEntropy', () => {
  it('is the mean of -log softmax at the true class', () => {
    tf.tidy(() => {
      const loss = softmaxCrossEntropy(tf.tensor2d(logits), tf.tensor1d([2, 0], 'int32'));
      // -ln(e^3 / (e + e^2 + e^3)) = 0.40760596; -ln(1/3) = 1.09861229; mean 0.75310913
      expectTensorClose(loss, [0.75310913]);
    });
  });

  it('smooths targets as y = 0.9 y + 0.1 / K', () => {
    // K = 1000: .9001 for the true class, .0001 for the 999 others.
    const [row, target] = [new Array<number>(1000).fill(0), new Array<number>(1000).fill(0.0001)];
    row[7] = 5;
    target[7] = 0.9001;
    tf.tidy(() => {
      const loss = softmaxCrossEntropy(tf.tensor2d([row]), tf.tensor1d([7], 'int32'), { labelSmoothing: 0.1 });
      expectTensorClose(loss, [byDefinition([row], [target]).loss]);
    });
  });

  it('has the gradient (softmax - target) / batch', () => {
    const random = goldenValues('logits', 12);
    const rows = [0, 1, 2].map((i) => [...random.slice(4 * i, 4 * i + 4)].map((x) => 3 * x));
    const targets = [1, 3, 0].map((label) => [0, 1, 2, 3].map((k) => (k === label ? 0.8 : 0) + 0.05));
    const expected = byDefinition(rows, targets);
    tf.tidy(() => {
      const labels = tf.tensor1d([1, 3, 0], 'int32');
      const { value, grad } = tf.valueAndGrad((x) => softmaxCrossEntropy(x, labels, { labelSmoothing: 0.2 }))(
        tf.tensor2d(rows),
      );
      expectTensorClose(value, [expected.loss]);
      expectTensorClose(grad, expected.gradient);
      // ... times what comes from above.
      const tripled = tf.grad((x) => tf.mul(3, softmaxCrossEntropy(x, labels, { labelSmoothing: 0.2 })))(
        tf.tensor2d(rows),
      );
      expectTensorClose(
        tripled,
        expected.gradient.map((g) => 3 * g),
      );
    });
  });

  it('takes class probabilities, alike for one-hot ones', () => {
    tf.tidy(() => {
      for (const labelSmoothing of [0, 0.1]) {
        const classes = softmaxCrossEntropy(tf.tensor2d(logits), tf.tensor1d([2, 0], 'int32'), { labelSmoothing });
        const oneHot = tf.tensor2d([
          [0, 0, 1],
          [1, 0, 0],
        ]);
        expectTensorClose(softmaxCrossEntropy(tf.tensor2d(logits), oneHot, { labelSmoothing }), classes);
      }
      const mixed = [
        [0.5, 0.25, 0.25],
        [0, 0.9, 0.1],
      ];
      expectTensorClose(softmaxCrossEntropy(tf.tensor2d(logits), tf.tensor2d(mixed)), [
        byDefinition(logits, mixed).loss,
      ]);
    });
  });

  it('is exact for large logits', () => {
    // ln(1 + e^-1000) = 0, and 1000 for the wrong class.
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1000, 0],
        [1000, 0],
      ]);
      expectTensorClose(softmaxCrossEntropy(x, tf.tensor1d([0, 1], 'int32')), [500]);
    });
  });

  it.each([Number.NaN, Infinity])('does not hide a logit of %d', (bad) => {
    tf.tidy(() => {
      for (const label of [0, 1]) {
        const labels = tf.tensor1d([label, 0], 'int32');
        const x = tf.tensor2d([
          [1, bad],
          [0, 0],
        ]);
        const { value, grad } = tf.valueAndGrad((x) => softmaxCrossEntropy(x, labels))(x);
        expect(value.dataSync()[0]).toBeNaN();
        expect(grad.dataSync()[0]).toBeNaN();
      }
    });
  });

  it('refuses what does not fit', () => {
    tf.tidy(() => {
      const x = tf.tensor2d(logits);
      expect(() => softmaxCrossEntropy(x, tf.tensor1d([1], 'int32'))).toThrow(
        'softmaxCrossEntropy: `labels` must be [2] or [2, 3] for these logits, got [1].',
      );
      expect(() => softmaxCrossEntropy(x, tf.tensor1d([1, 2]))).toThrow(/must be int32 class numbers, got float32/);
      expect(() => softmaxCrossEntropy(tf.tensor1d([1]), tf.tensor1d([1], 'int32'))).toThrow(
        'softmaxCrossEntropy: `logits` must be [batch, classes], got [1].',
      );
      expect(() => softmaxCrossEntropy(x, tf.tensor1d([1, 2], 'int32'), { labelSmoothing: 1 })).toThrow(
        'softmaxCrossEntropy: `labelSmoothing` must be in [0, 1), got 1.',
      );
    });
  });
});
