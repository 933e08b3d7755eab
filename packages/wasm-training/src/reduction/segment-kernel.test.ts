import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, gradientsOf } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('UnsortedSegmentSum', () => {
  // Ids outside the range are left out, and some segments stay empty.
  const ids = { values: [3, 0, 3, -1, 7, 1], dtype: 'int32' } as const;

  it.each([[[6]], [[6, 3]], [[6, 2, 5]], [[6, 37]]])('adds up rows of shape %j', async (shape) => {
    await expectSameOnBoth([shape, ids], (x, segments) => tf.unsortedSegmentSum(x!, segments as tf.Tensor1D, 5));
  });

  it('adds up whole numbers', async () => {
    const x = { values: [1, 2, 3, 4, 5, 6], dtype: 'int32' } as const;
    await expectSameOnBoth([x, ids], (x, segments) => tf.unsortedSegmentSum(x!, segments as tf.Tensor1D, 5));
  });

  it('is the gradient of gathering', async () => {
    const rows = { values: [2, 0, 2, 3], dtype: 'int32' } as const;
    for (const axis of [0, 1]) {
      await expectSameOnBoth([[4, 5, 3], rows], (x, indices) => gradientsOf((x) => tf.gather(x, indices!, axis), x!));
    }
  });
});
