import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth } from '../__fixtures__/both-backends.js';
import { repetition } from './binary-kernels.js';

const { maximum, minimum, add, sub, mul, div, squaredDifference } = tf;

/** Axes of both operands, of the first alone (the other's is 1 or missing) and of the second alone, in any order. */
const axes = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 9 }), of: fc.constantFrom('both', 'both', 'first', 'second') }),
  { maxLength: 5 },
);

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('functions of two numbers', () => {
  it.each(
    Object.entries<(a: tf.Tensor, b: tf.Tensor) => tf.Tensor>({
      maximum,
      minimum,
      add,
      sub,
      mul,
      div,
      squaredDifference,
    }),
  )('%s agrees with the cpu backend, over any broadcast', async (_, apply) => {
    await fc.assert(
      fc.asyncProperty(axes, fc.boolean(), async (axes, isShort) => {
        const shapeOf = (other: string) => axes.map(({ size, of }) => (of === other ? 1 : size));
        const [first, second] = [shapeOf('second'), shapeOf('first')];
        while (isShort && second[0] === 1) second.shift();
        await expectSameOnBoth([first, second], (a, b) => [apply(a!, b!), apply(b!, a!)], 1e-6);
      }),
      { numRuns: 40 },
    );
  });

  it('take more numbers than a row', async () => {
    await expectSameOnBoth([[3, 3000], [3, 3000], [3, 1], [3000]], (a, b, column, row) => [
      tf.add(a!, b!),
      tf.sub(a!, column!),
      tf.div(row!, a!),
      tf.mul(a!, 3),
    ]);
  });

  it('take whole numbers, over any broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(axes, async (axes) => {
        const shapeOf = (other: string) => axes.map(({ size, of }) => (of === other ? 1 : size));
        await expectSameOnBoth([shapeOf('second'), shapeOf('first')], (a, b) => {
          const [x, y] = [a!, b!].map((each) => tf.cast(tf.mul(each, 50), 'int32')) as [tf.Tensor, tf.Tensor];
          return [maximum, minimum, add, sub, mul].flatMap((apply) => [apply(x, y), apply(y, x)]);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('give a slope to what is below 0', async () => {
    await expectSameOnBoth([[4, 3, 5], [5], [3, 1], [4, 1, 5], [1]], (x, ...slopes) =>
      slopes.map((slope) => tf.prelu(x!, slope)),
    );
  });

  it('give of other types and empty tensors what tfjs does', async () => {
    const whole = { values: [1, 2, 3], dtype: 'int32' } as const;
    await expectSameOnBoth([whole, whole], (a, b) => [
      tf.add(a!, b!),
      tf.maximum(a!, b!),
      tf.mul(a!, tf.scalar(2, 'int32')),
    ]);
    await expectSameOnBoth([[0, 3], [3]], (a, b) => [tf.add(a!, b!), tf.maximum(a!, b!)]);
  });

  it('refuse shapes that do not fit', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      expect(() => tf.maximum(tf.zeros([2, 3]), tf.zeros([2]))).toThrow(
        'Operands could not be broadcast together with shapes 2,3 and 2.',
      );
    });
  });
});

describe('repetition', () => {
  it('finds the axes that repeat', () => {
    expect(repetition([8, 4, 4, 6], [6])).toEqual({ width: 6, times: 128, isNumber: false });
    expect(repetition([8, 4, 4, 6], [8, 1, 1, 6])).toEqual({ width: 6, times: 16, isNumber: false });
    expect(repetition([8, 4, 4, 6], [8, 1, 1, 1])).toEqual({ width: 96, times: 1, isNumber: true });
    expect(repetition([8, 4, 4, 6], [8, 1, 4, 1])).toBeUndefined();
  });
});
