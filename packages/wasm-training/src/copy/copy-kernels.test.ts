import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth } from '../__fixtures__/both-backends.js';
import { mergeRepeats, mergeSlice } from './copy-layout.js';

const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('Slice', () => {
  it('agrees with the cpu backend', async () => {
    const slices = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        begin: fc.tuple(...shape.map((size) => fc.integer({ min: 0, max: size - 1 }))),
        fractions: fc.tuple(...shape.map(() => fc.integer({ min: 0, max: 7 }))),
      }),
    );
    await fc.assert(
      fc.asyncProperty(slices, async ({ shape, begin, fractions }) => {
        const size = shape.map((whole, axis) => Math.min(fractions[axis]!, whole - begin[axis]!));
        await expectSameOnBoth([shape], (x) => tf.slice(x!, begin, size), 1e-9);
      }),
      { numRuns: 100 },
    );
  });

  it('takes the rest of an axis for a size of -1, and other types', async () => {
    await expectSameOnBoth([[5, 4, 3]], (x) => [
      tf.slice(x!, [1, 0, 2], [-1, 2, -1]),
      tf.slice(tf.cast(tf.mul(x!, 100), 'int32'), [1, 1], [2, 2]),
      tf.slice(tf.greater(x!, 0), [1, 1], [2, 2]),
    ]);
  });

  it('refuses to read past the end', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      expect(() => tf.slice(tf.zeros([4, 4]), [2, 0], [3, 4])).toThrow(/begin\[0\] \+ size\[0\]/);
    });
  });

  it('is one run of memory for a slice of the batch, one for each pixel for a slice of the channels', () => {
    expect(mergeSlice([8, 2, 3], [2, 0, 0], [4, 2, 3])).toEqual([{ start: 12, stride: 48, length: 24, count: 1 }]);
    expect(mergeSlice([8, 2, 6], [0, 0, 2], [8, 2, 3])).toEqual([{ start: 2, stride: 6, length: 3, count: 16 }]);
  });
});

describe('other copies', () => {
  it('join and part as on the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), fc.integer({ min: 1, max: 3 }), async (shape, seed, extra) => {
        const axis = seed % shape.length;
        const longer = shape.with(axis, shape[axis]! + extra);
        await expectSameOnBoth(
          [shape, longer],
          (x, y) => [
            tf.concat([x!, y!, x!], axis),
            ...tf.split(y!, [shape[axis]!, extra], axis),
            ...tf.unstack(x!, axis),
            tf.stack([x!, x!, x!], axis),
            tf.stack([x!, x!], shape.length),
          ],
          1e-9,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('join and part other types', async () => {
    await expectSameOnBoth([[3, 5]], (x) => {
      const whole = tf.cast(tf.mul(x!, 100), 'int32');
      const flags = tf.greater(x!, 0);
      return [
        tf.concat([whole, whole], 1),
        tf.concat([flags, flags], 1),
        tf.stack([flags, flags], 1),
        ...tf.split(flags, 5, 1),
      ];
    });
  });

  it('tile as on the cpu backend', async () => {
    const tilings = shapes.chain((shape) =>
      fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 3 })))),
    );
    await fc.assert(
      fc.asyncProperty(tilings, async ([shape, reps]) => {
        await expectSameOnBoth([shape], (x) => [tf.tile(x!, reps), tf.tile(tf.greater(x!, 0), reps)], 1e-9);
      }),
      { numRuns: 60 },
    );
    expect(mergeRepeats([4, 1, 1, 8], [1, 5, 7, 1])).toEqual([{ count: 4, length: 8, times: 35 }]);
  });

  it('gather as on the cpu backend', async () => {
    const indices = {
      values: [
        [2, 0],
        [1, 2],
      ],
      dtype: 'int32',
    } as const;
    for (const axis of [0, 1, 2]) {
      await expectSameOnBoth([[3, 4, 5], indices], (x, indices) => tf.gather(x!, indices!, axis), 1e-9);
    }
  });

  it('refuse to gather past the end', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const gather = () => tf.gather(tf.zeros([3, 2]), tf.tensor1d([3], 'int32'));
      expect(gather).toThrow('GatherV2: the index value 3 is not in [0, 2]');
      const indices = tf.tensor1d([1, -1, 0, 7], 'int32');
      expect(() => tf.gather(tf.zeros([2, 3]), indices, 1)).toThrow('GatherV2: the index value -1 is not in [0, 2]');
    });
  });
});
