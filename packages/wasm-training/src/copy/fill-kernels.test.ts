import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOnThreads } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

const TYPES = ['float32', 'int32', 'bool'] as const;

describe('what fills a tensor', () => {
  it.each(TYPES)('sets every number of type %s and none beside it', async (dtype) => {
    for (const count of [0, 1, 2, 3, 5, 16, 21, 20_003]) {
      const [zeros, ones, filled] = await runOnThreads([{ values: Array(count).fill(1), dtype }], (x) => [
        tf.zerosLike(x!),
        tf.onesLike(x!),
        tf.fill([count], 1, dtype),
      ]);
      expect([...(zeros!.values as Float32Array)]).toEqual(Array(count).fill(0));
      expect([...(ones!.values as Float32Array)]).toEqual(Array(count).fill(1));
      expect(filled!.values).toEqual(ones!.values);
    }
  });

  it('keeps every kind of number', async () => {
    const numbers = [NaN, Infinity, -Infinity, -0, 1e-40, 0.1];
    const results = await runOnThreads([], () => numbers.map((value) => tf.fill([5], value)));
    for (const [i, { values }] of results.entries()) expect(values).toEqual(new Float32Array(5).fill(numbers[i]!));
  });
});

describe('OneHot', () => {
  const indices = {
    values: [
      [2, 0, -1],
      [4, 5, 1],
    ],
    dtype: 'int32',
  } as const;

  it.each(TYPES)('agrees with the cpu backend for %s, and leaves rows without their index', async (dtype) => {
    for (const depth of [2, 4, 5, 21]) {
      await expectSameOnBoth([indices], (indices) => tf.oneHot(indices!, depth, 1, 0, dtype));
    }
    await expectSameOnBoth([indices], (indices) => tf.oneHot(indices!, 5, 3, -2, dtype === 'bool' ? 'int32' : dtype));
  });
});
