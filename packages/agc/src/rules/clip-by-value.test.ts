import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clipByValue } from '../index.js';

function clip(gradients: readonly number[][], maxValue: number): number[][] {
  const params = tf.tidy(() => gradients.map((values) => tf.variable(tf.zeros([values.length]))));
  const clipped = tf.tidy(() =>
    clipByValue({ maxValue })
      .apply(params.map((param, i) => ({ param, grad: tf.tensor1d(gradients[i]!) })))
      .map((tensor) => [...tensor.dataSync()]),
  );
  tf.dispose(params);
  return clipped;
}

it('clamps every element by itself', () => {
  expect(clip([[3, 0], [-0.5, -4], [12]], 2)).toEqual([[2, 0], [-0.5, -2], [2]]);
});

it('never exceeds the limit, and keeps the exact bits below it', () => {
  const vector = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(vector, { minLength: 1, maxLength: 5 }), (gradients) => {
      for (const [i, values] of clip(gradients, 2).entries()) {
        for (const [j, value] of values.entries()) {
          const before = gradients[i]![j]!;
          expect(value).toBe(Math.abs(before) <= 2 ? before : 2 * Math.sign(before));
        }
      }
    }),
    { numRuns: 50 },
  );
});

it('leaves NaN visible', () => {
  expect(clip([[Number.NaN, 5], [Number.NEGATIVE_INFINITY]], 1)).toEqual([[Number.NaN, 1], [-1]]);
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %d', (maxValue) => {
  expect(() => clipByValue({ maxValue })).toThrow(`clipByValue: \`maxValue\` must be finite and > 0, got ${maxValue}.`);
});
