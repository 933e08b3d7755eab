import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, gradientsOf } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('FusedBatchNorm', () => {
  it.each([1, 3, 4, 19])('agrees with the cpu backend for %i channels, and its gradients', async (channels) => {
    await expectSameOnBoth([[2, 5, 3, channels], [channels], [channels], [channels], [channels]], (...inputs) => {
      const [x, mean, variance, offset, scale] = inputs as [tf.Tensor4D, ...tf.Tensor1D[]];
      const positive = tf.add(tf.abs(variance!), 0.1) as tf.Tensor1D;
      const normalize = (x: tf.Tensor) => tf.batchNorm(x as tf.Tensor4D, mean!, positive, offset!, scale!, 1e-3);
      return [
        normalize(x),
        tf.batchNorm(x, mean!, positive),
        tf.batchNorm(x, mean!, positive, offset!),
        tf.batchNorm(x, mean!, positive, undefined, scale!),
        ...gradientsOf(normalize, x),
      ];
    });
  });
});
