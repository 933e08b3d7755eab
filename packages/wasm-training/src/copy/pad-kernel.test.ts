import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth } from '../__fixtures__/both-backends.js';
import { mergePadding } from './pad-kernel.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('PadV2', () => {
  it('agrees with the cpu backend over any axes', async () => {
    const axis = fc.record({
      size: fc.integer({ min: 1, max: 6 }),
      padding: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
      isPadded: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 1, maxLength: 6 }),
        fc.double({ noNaN: true, min: -9, max: 9 }),
        async (axes, value) => {
          const paddings = axes.map(({ padding, isPadded }): [number, number] => (isPadded ? padding : [0, 0]));
          await expectSameOnBoth([axes.map(({ size }) => size)], (x) => tf.pad(x!, paddings, value), 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('pads other types', async () => {
    await expectSameOnBoth([[3, 5]], (x) => {
      const flags = tf.greater(x!, 0);
      const whole = tf.cast(tf.mul(x!, 100), 'int32');
      const paddings: [number, number][] = [
        [1, 0],
        [2, 1],
      ];
      return [tf.pad(flags, paddings), tf.pad(flags, paddings, 1), tf.pad(whole, paddings, -7)];
    });
  });

  it('joins the axes that are not padded', () => {
    const paddings = [
      [0, 0],
      [1, 2],
      [3, 0],
      [0, 0],
    ] as const;
    expect(mergePadding([8, 4, 5, 6], paddings)).toEqual([
      { size: 8, before: 0, inner: 8 },
      { size: 7, before: 1, inner: 4 },
      { size: 48, before: 18, inner: 30 },
    ]);
    expect(
      mergePadding(
        [4, 5],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ).toEqual([{ size: 20, before: 0, inner: 20 }]);
  });
});
