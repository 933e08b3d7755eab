import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentileOf, replaceInSorted } from './sorted-window.js';

it.each([
  // None, the least, the most and one of two equal ones go.
  [[0, 0, 0], 0, 5, [0, 0, 5]],
  [[0, 2, 4], 0, 3, [2, 3, 4]],
  [[1, 2, 3], 1, 9, [2, 3, 9]],
  [[1, 2, 3], 3, 0.5, [0.5, 1, 2]],
  [[1, 2, 3], 2, 2, [1, 2, 3]],
  [[2, 2, 3], 2, 1, [1, 2, 3]],
])('%j without %d and with %d is %j', (sorted, removed, added, expected) => {
  const result = tf.tidy(() => [
    ...replaceInSorted(tf.tensor1d(sorted), tf.tensor1d([removed]), tf.tensor1d([added])).dataSync(),
  ]);
  expect(result).toEqual(expected);
});

it('keeps any numbers in order', () => {
  const number = fc.float({ min: 0, max: 1000, noNaN: true });
  fc.assert(
    fc.property(fc.array(number, { minLength: 2, maxLength: 9 }), fc.nat(), number, (numbers, index, added) => {
      const sorted = numbers.map(Math.abs).toSorted((a, b) => a - b);
      const removed = sorted[index % sorted.length]!;
      const expected = sorted.with(sorted.indexOf(removed), Math.abs(added)).toSorted((a, b) => a - b);
      const result = tf.tidy(() => [
        ...replaceInSorted(tf.tensor1d(sorted), tf.tensor1d([removed]), tf.tensor1d([Math.abs(added)])).dataSync(),
      ]);
      expect(result).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

it.each([
  [[0, 0, 0], 10, 0],
  [[0, 0, 7], 10, 7],
  // Number 0.2 of 5, 15: 5 + 0.2 * 10
  [[0, 5, 15], 20, 7],
  [[5, 15, 16], 0, 5],
  [[5, 15, 16], 100, 16],
  [[5, 15, 16], 50, 15],
  // Number 1.5.
  [[5, 15, 16], 75, 15.5],
])('of %j the percentile %d is %d', (sorted, percentile, expected) => {
  expectTensorClose([tf.tidy(() => percentileOf(tf.tensor1d(sorted), percentile).dataSync()[0]!)], [expected]);
});

it('is exact at the far end of a long list', () => {
  // Number 899.1 of 1000, one before a number a million times as large.
  const numbers = Float32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 1 : 1e6));
  expectTensorClose([tf.tidy(() => percentileOf(tf.tensor1d(numbers), 90).dataSync()[0]!)], [1 + 0.1 * (1e6 - 1)]);
});
