import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { unitwiseNorm } from '../index.js';

it('is one norm per column of a matrix, shaped to broadcast', () => {
  tf.tidy(() => {
    // Columns (3, 4) and (0, 2).
    const norm = unitwiseNorm(tf.tensor2d([3, 0, 4, 2], [2, 2]));
    expectTensorClose(norm, tf.tensor2d([5, 2], [1, 2]));
  });
});

it('is one norm per output channel of a convolution kernel', () => {
  tf.tidy(() => {
    const W = tf.tensor4d(
      Array.from({ length: 24 }, (_, k) => (((7 * k) % 11) - 5) / 10),
      [2, 2, 2, 3],
    );
    expectTensorClose(unitwiseNorm(W), tf.tensor4d([0.9, 0.774597, 1.03923], [1, 1, 1, 3]));
  });
});

it('is one norm for scalars, vectors and what squeezes to them', () => {
  tf.tidy(() => {
    expectTensorClose(unitwiseNorm(tf.scalar(-3)), tf.scalar(3));
    expectTensorClose(unitwiseNorm(tf.tensor1d([3, 4])), tf.tensor1d([5]));
    expectTensorClose(unitwiseNorm(tf.tensor4d([3, 4], [1, 1, 1, 2])), tf.tensor4d([5], [1, 1, 1, 1]));
  });
});

it('takes the axes of other layouts', () => {
  tf.tidy(() => {
    expectTensorClose(unitwiseNorm(tf.tensor2d([3, 4, 0, 2], [2, 2]), [1]), tf.tensor2d([5, 2], [2, 1]));
    expectTensorClose(unitwiseNorm(tf.tensor1d([-3, 4]), []), tf.tensor1d([3, 4]));
  });
});

it('asks for axes where it would have to guess, and for valid ones', () => {
  const x = tf.ones([2, 3, 4]);
  expect(() => unitwiseNorm(x)).toThrow(
    'unitwiseNorm: `axes` must be given for a tensor of rank 3, got shape [2,3,4].',
  );
  for (const axes of [[3], [-1], [0, 0], [0.5]]) {
    expect(() => unitwiseNorm(x, axes)).toThrow(/`axes` must be different integers from 0 to 2/);
  }
  x.dispose();
});
