import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOnThreads } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

const shapes = fc.array(fc.constantFrom(1, 2, 3, 5, 18), { minLength: 1, maxLength: 4 });

describe('kernels along an axis', () => {
  it('agree with the cpu backend over any axis', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), fc.boolean(), fc.boolean(), async (shape, seed, exclusive, reverse) => {
        const axis = seed % shape.length;
        await expectSameOnBoth([shape], (x) => {
          const whole = tf.cast(tf.mul(x!, 5), 'int32');
          return [
            tf.cumsum(x!, axis, exclusive, reverse),
            tf.cumsum(whole, axis, exclusive, reverse),
            tf.argMax(x!, axis),
            tf.argMin(x!, axis),
            tf.argMax(whole, axis),
            tf.argMin(tf.greater(x!, 0), axis),
            tf.softmax(tf.mul(x!, 10)),
            tf.logSoftmax(tf.mul(x!, 10)),
          ];
        });
      }),
      { numRuns: 40 },
    );
  });

  it('choose the first of equal numbers, and leave NaN out unless it comes first', async () => {
    const rows = [
      [1, 3, 3, NaN],
      [NaN, 1, 2, 3],
      [-Infinity, -Infinity, NaN, -Infinity],
    ];
    const [largest, least] = await runOnThreads([{ values: rows }], (x) => [tf.argMax(x!, 1), tf.argMin(x!, 1)]);
    expect([...(largest!.values as Int32Array)]).toEqual([1, 0, 0]);
    expect([...(least!.values as Int32Array)]).toEqual([0, 0, 0]);
  });

  it('make 1 of the powers of a row, however large', async () => {
    const values = [1000, 999, -1000, -Infinity, 0];
    const [y] = await runOnThreads([{ values }], (x) => tf.softmax(x!));
    const rest = 1 / (1 + Math.exp(-1));
    for (const [i, expected] of [rest, 1 - rest, 0, 0, 0].entries()) expect(y!.values[i]).toBeCloseTo(expected, 6);
  });
});
