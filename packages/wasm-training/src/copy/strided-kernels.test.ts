import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOnThreads } from '../__fixtures__/both-backends.js';
import { mergeStrided, stridesOf } from './copy-strided.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

const shapes = fc.array(fc.constantFrom(1, 2, 3, 4, 5, 9), { minLength: 1, maxLength: 5 });

describe('Transpose', () => {
  it('agrees with the cpu backend in any order', async () => {
    const orders = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ([shape, perm]) => {
        await expectSameOnBoth(
          [shape],
          (x) => [
            tf.transpose(x!, perm),
            tf.transpose(tf.greater(x!, 0), perm),
            tf.transpose(tf.cast(tf.mul(x!, 100), 'int32'), perm),
          ],
          1e-9,
        );
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [
      [37, 70],
      [1, 0],
    ],
    [
      [2, 5, 41, 6],
      [0, 3, 1, 2],
    ],
    [
      [2, 6, 5, 41],
      [0, 2, 3, 1],
    ],
    [
      [33, 2, 65],
      [2, 1, 0],
    ],
  ])('crosses the limits of its blocks, of shape %j to %j', async (shape, perm) => {
    await expectSameOnBoth([shape], (x) => tf.transpose(x!, perm), 1e-9);
  });
});

describe('other orders', () => {
  it('reverse any axes as on the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat({ max: 31 }), async (shape, mask) => {
        const axes = [...shape.keys()].filter((axis) => (mask >> axis) & 1);
        await expectSameOnBoth([shape], (x) => [tf.reverse(x!, axes), tf.reverse(tf.greater(x!, 0), axes)], 1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('slice by steps as on the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            size: fc.integer({ min: 1, max: 8 }),
            begin: fc.integer({ min: -9, max: 9 }),
            end: fc.integer({ min: -9, max: 9 }),
            stride: fc.constantFrom(-3, -1, 1, 1, 2, 3),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (axes) => {
          const of = (name: 'begin' | 'end' | 'stride') => axes.map((axis) => axis[name]);
          const shape = axes.map(({ size }) => size);
          const { finalShape } = tf.slice_util.sliceInfo(shape, of('begin'), of('end'), of('stride'), 0, 0, 0, 0, 0);
          // The cpu backend refuses some slices of nothing.
          fc.pre(!finalShape.includes(0));
          await expectSameOnBoth([shape], (x) => tf.stridedSlice(x!, of('begin'), of('end'), of('stride')), 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('slice nothing where an axis ends before it begins', async () => {
    const [y] = await runOnThreads([[2, 3]], (x) => tf.stridedSlice(x!, [1, 0], [0, 3], [1, 1]));
    expect(y!.shape).toEqual([0, 3]);
  });

  it('slice with masks as on the cpu backend', async () => {
    await expectSameOnBoth([[4, 5, 6]], (x) => [
      tf.stridedSlice(x!, [1, 0], [3, 2], [1, 2], 0, 0, 1),
      tf.stridedSlice(x!, [1, 2, 3], [2, 3, 4], [1, 1, 1], 0, 0, 0, 0, 5),
      tf.stridedSlice(x!, [0, 1, 1], [0, 4, 4], [1, 2, 2], 0, 0, 0, 1),
      tf.stridedSlice(tf.greater(x!, 0), [0, 4, 0], [4, 0, 6], [2, -2, 1]),
    ]);
  });
});

describe('mergeStrided', () => {
  it('joins axes that are evenly spaced', () => {
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
    const axes = [
      { size: 2, stride: 12 },
      { size: 3, stride: 4 },
      { size: 1, stride: 7 },
      { size: 5, stride: 0 },
      { size: 2, stride: 0 },
    ];
    expect(mergeStrided(axes)).toEqual([
      { size: 6, stride: 4 },
      { size: 10, stride: 0 },
    ]);
  });
});
