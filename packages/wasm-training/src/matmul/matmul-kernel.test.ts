import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth } from '../__fixtures__/both-backends.js';

const size = fc.integer({ min: 1, max: 40 });
const batch = fc.constantFrom<[number[], number[]]>(
  [[], []],
  [[3], [3]],
  [[1], [4]],
  [[4], [1]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 1], [3]],
  [
    [2, 3],
    [1, 3],
  ],
  [[5], [2, 1]],
);

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('BatchMatMul', () => {
  it('agrees with the cpu backend, transposed or not, over any batch', async () => {
    await fc.assert(
      fc.asyncProperty(
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        batch,
        async (m, n, k, transposeA, transposeB, [left, right]) => {
          await expectSameOnBoth(
            [
              [...left, ...(transposeA ? [k, m] : [m, k])],
              [...right, ...(transposeB ? [n, k] : [k, n])],
            ],
            (a, b) => {
              if (tf.getBackend() === 'wasm') return tf.matMul(a!, b!, transposeA, transposeB);
              // tfjs's cpu backend takes the wrong matrices where each operand broadcasts along another axis.
              const shared = tf.broadcast_util.assertAndGetBroadcastShape(left, right);
              const whole = (x: tf.Tensor) => tf.broadcastTo(x, [...shared, ...x.shape.slice(-2)]);
              return tf.matMul(whole(a!), whole(b!), transposeA, transposeB);
            },
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is zero where there is nothing to sum, whatever the memory held before', async () => {
    await tf.setBackend('wasm');
    tf.dispose(Array.from({ length: 8 }, () => tf.fill([24], 777)));
    await expectSameOnBoth(
      [
        [2, 3, 0],
        [2, 0, 4],
      ],
      (a, b) => [tf.matMul(a!, b!), tf.matMul(b!, a!, true, true)],
    );
  });

  it('crosses the limits of its blocks', async () => {
    for (const [m, n, k] of [
      [70, 9, 600],
      [130, 20, 257],
      [3, 3, 1000],
    ] as const) {
      await expectSameOnBoth(
        [
          [m, k],
          [k, n],
          [k, m],
          [n, k],
        ],
        (a, b, aTransposed, bTransposed) => [
          tf.matMul(a!, b!),
          tf.matMul(aTransposed!, b!, true),
          tf.matMul(a!, bTransposed!, false, true),
          tf.matMul(aTransposed!, bTransposed!, true, true),
        ],
      );
    }
  });
});
