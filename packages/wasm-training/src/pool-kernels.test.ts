import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import './index.js';
import { expectSameOnBoth, gradientsOf } from './__fixtures__/both-backends.js';

const pair = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('the gradients of pooling', () => {
  it('agree with the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        pair(10),
        fc.integer({ min: 1, max: 9 }),
        pair(3),
        pair(3),
        fc.constantFrom<'same' | 'valid'>('same', 'valid'),
        async (batch, size, channels, window, strides, pad) => {
          fc.pre(pad === 'same' || [0, 1].every((axis) => window[axis]! <= size[axis]!));
          await expectSameOnBoth([[batch, ...size, channels]], (x) => [
            ...gradientsOf((x) => tf.avgPool(x as tf.Tensor4D, window, strides, pad), x!),
            ...gradientsOf((x) => tf.maxPool(x as tf.Tensor4D, window, strides, pad), x!),
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('give a tie to the first', async () => {
    await expectSameOnBoth([], () =>
      gradientsOf((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'same'), tf.ones([1, 5, 5, 6])),
    );
  });
});
