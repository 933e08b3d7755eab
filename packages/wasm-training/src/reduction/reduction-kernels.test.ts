import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOn } from '../__fixtures__/both-backends.js';
import { reductionLayout, reductionSteps } from './reduction-steps.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('Sum and Mean', () => {
  it('agree with the cpu backend over any axes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 21 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 15 }),
        fc.boolean(),
        async (shape, mask, keepDims) => {
          const axes = shape.flatMap((_, axis) => ((mask >> axis) & 1 ? [axis] : []));
          await expectSameOnBoth([shape], (x) => [tf.sum(x!, axes, keepDims), tf.mean(x!, axes, keepDims)]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('stay exact over long sums', async () => {
    // A million times 0.1 in float32: adding one by one would be off by 1 %.
    const [total, columns] = await runOn('wasm', [], () => {
      const x = tf.fill([250_000, 4], 0.1);
      return [tf.sum(x), tf.sum(x, 0)];
    });
    expect(Math.abs(total!.values[0]! / 1e5 - 1)).toBeLessThan(1e-5);
    expect(Math.abs(columns!.values[3]! / 25e3 - 1)).toBeLessThan(1e-5);
  });

  it('add up whole numbers and booleans as tfjs does', async () => {
    await expectSameOnBoth([{ values: [1, 2, 3], dtype: 'int32' }], (x) => [
      tf.sum(x!),
      tf.mean(x!),
      tf.sum(tf.greater(x!, 1)),
    ]);
  });
});

describe('other reductions', () => {
  const reductions = { max: tf.max, min: tf.min, prod: tf.prod };

  it('agree with the cpu backend over any axes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(1, 2, 3, 5, 18), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 15 }),
        fc.boolean(),
        async (shape, mask, keepDims) => {
          const axes = shape.flatMap((_, axis) => ((mask >> axis) & 1 ? [axis] : []));
          await expectSameOnBoth([shape], (x) => {
            const whole = tf.cast(tf.mul(x!, 5), 'int32');
            const flags = tf.greater(x!, 0.9);
            return [
              ...Object.values(reductions).map((reduce) => reduce(tf.add(x!, 1), axes, keepDims)),
              tf.max(whole, axes, keepDims),
              tf.min(whole, axes, keepDims),
              tf.sum(whole, axes, keepDims),
              tf.mean(whole, axes, keepDims),
              tf.any(flags, axes, keepDims),
              tf.all(tf.logicalNot(flags), axes, keepDims),
            ];
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('multiply whole numbers', async () => {
    await expectSameOnBoth([{ values: [2, -3, 5, 1, 1, 7], shape: [2, 3], dtype: 'int32' }], (x) => [
      tf.prod(x!),
      tf.prod(x!, 0),
      tf.prod(x!, 1),
      tf.prod(tf.cast(x!, 'bool')),
    ]);
  });
});

describe('reductionSteps', () => {
  it('reduces neighbouring axes together, the last ones first', () => {
    expect(reductionSteps([2, 3, 4, 5], [0, 2, 3])).toEqual([
      [6, 20, 1],
      [1, 2, 3],
    ]);
    expect(reductionSteps([2, 1, 4], [1])).toEqual([]);
  });
});

describe('reductionLayout', () => {
  it('merges neighbouring axes and looks through axes of one', () => {
    expect(reductionLayout([2, 3, 4, 5], [1, 2])).toEqual([2, 12, 5]);
    expect(reductionLayout([2, 3, 4], [0, 1])).toEqual([1, 6, 4]);
    expect(reductionLayout([2, 1, 4], [0, 2])).toEqual([1, 8, 1]);
    expect(reductionLayout([2, 3, 4], [0, 2])).toBeUndefined();
    expect(reductionLayout([2, 3], [])).toEqual([6, 1, 1]);
  });
});
