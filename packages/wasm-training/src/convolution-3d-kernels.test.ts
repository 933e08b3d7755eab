import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, it } from 'vitest';
import './index.js';
import { expectSameOnBoth, gradientsOf } from './__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('the gradients of a 3-D convolution', () => {
  it.each([
    [1, 'valid'],
    [2, 'valid'],
    [2, 'same'],
  ] as const)('agree with the cpu backend at stride %i, %s', async (stride, pad) => {
    await expectSameOnBoth(
      [
        [2, 5, 4, 6, 3],
        [2, 3, 2, 3, 4],
      ],
      (x, w) => gradientsOf((x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad), x!, w!),
    );
  });
});
