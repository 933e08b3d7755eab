import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOnThreads } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

const axes = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 6 }), of: fc.constantFrom('both', 'first', 'second') }),
  { maxLength: 4 },
);

describe('functions of two numbers with another result', () => {
  const { greater, greaterEqual, less, lessEqual, equal, notEqual } = tf;
  const comparisons = { greater, greaterEqual, less, lessEqual, equal, notEqual };

  it('agree with the cpu backend over any broadcast, of floats, whole numbers and booleans', async () => {
    await fc.assert(
      fc.asyncProperty(axes, async (axes) => {
        const shapeOf = (other: string) => axes.map(({ size, of }) => (of === other ? 1 : size));
        await expectSameOnBoth([shapeOf('second'), shapeOf('first')], (a, b) => {
          const whole = [a!, b!].map((x) => tf.cast(tf.mul(x, 3), 'int32')) as [tf.Tensor, tf.Tensor];
          const flags = [a!, b!].map((x) => tf.greater(x, 0)) as [tf.Tensor, tf.Tensor];
          return [
            ...Object.values(comparisons).flatMap((compare) => [compare(a!, b!), compare(...whole)]),
            equal(...flags),
            notEqual(...flags),
            tf.logicalAnd(...flags),
            tf.logicalOr(...flags),
            tf.logicalNot(flags[0]),
            tf.logicalXor(...flags),
            tf.where(flags[0], a!, b!),
            tf.where(flags[1], ...whole),
            tf.where(flags[0], flags[1], flags[0]),
            tf.pow(tf.abs(a!), b!),
          ];
        });
      }),
      { numRuns: 30 },
    );
  });

  it('decide many booleans at a time', async () => {
    const flags = (every: number) => ({
      values: Array.from({ length: 9001 }, (_, i) => Number(i % every === 0)),
      dtype: 'bool' as const,
    });
    await expectSameOnBoth([flags(2), flags(3)], (a, b) => [
      tf.logicalAnd(a!, b!),
      tf.logicalOr(a!, b!),
      tf.logicalNot(a!),
      tf.where(a!, b!, tf.logicalNot(b!)),
    ]);
  });
});

describe('Pow', () => {
  it('is right to a rounding', async () => {
    const values = Float32Array.from({ length: 300 }, (_, i) => 1.3 ** (i - 150));
    const powers = Float32Array.from({ length: 300 }, (_, i) => ((i * 7) % 23) / 4 - 2.5);
    const [y] = await runOnThreads([{ values }, { values: powers }], (a, b) => tf.pow(a!, b!));
    for (const [i, a] of values.entries()) {
      const exact = a ** powers[i]!;
      const expected = Math.fround(exact);
      if (Number.isFinite(expected) && expected > 1e-37) expect(Math.abs(y!.values[i]! / exact - 1)).toBeLessThan(1e-7);
      else expect(y!.values[i]).toBeCloseTo(expected, 30);
    }
  });

  it('has the values of C where a power is no number or not finite', async () => {
    const pairs = [
      [-2, 3, -8],
      [-2, 2, 4],
      [-2, 0.5, NaN],
      [-2, -1, -0.5],
      [0, 0, 1],
      [NaN, 0, 1],
      [1, NaN, 1],
      [NaN, 1, NaN],
      [2, NaN, NaN],
      [0, -1, Infinity],
      [-0, -1, -Infinity],
      [-0, 3, -0],
      [0, 2, 0],
      [0.5, Infinity, 0],
      [0.5, -Infinity, Infinity],
      [2, Infinity, Infinity],
      [-1, Infinity, 1],
      [-Infinity, 3, -Infinity],
      [-Infinity, -2, 0],
      [Infinity, 0.5, Infinity],
      [2, 200, Infinity],
      [2, -200, 0],
      [2, -140, 2 ** -140],
      [-3, 16_777_217, -Infinity],
    ] as const;
    const [y] = await runOnThreads([{ values: pairs.map(([a]) => a) }, { values: pairs.map(([, b]) => b) }], (a, b) =>
      tf.pow(a!, b!),
    );
    // 16777217 is no float, and what it is rounded to is even.
    expect([...(y!.values as Float32Array)]).toEqual(
      pairs.map(([, b, value]) => (b === 16_777_217 ? Infinity : value)),
    );
  });
});
