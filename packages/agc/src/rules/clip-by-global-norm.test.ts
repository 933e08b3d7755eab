import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clipByGlobalNorm } from '../index.js';

function clip(gradients: readonly number[][], maxNorm: number): number[][] {
  const params = tf.tidy(() => gradients.map((values) => tf.variable(tf.zeros([values.length]))));
  const clipped = tf.tidy(() =>
    clipByGlobalNorm({ maxNorm })
      .apply(params.map((param, i) => ({ param, grad: tf.tensor1d(gradients[i]!) })))
      .map((tensor) => [...tensor.dataSync()]),
  );
  tf.dispose(params);
  return clipped;
}

it('scales all gradients by one factor', () => {
  // |(3, 0, 0, 4, 12)| = 13, so the factor is 1/2 for a limit of 6.5.
  const clipped = clip([[3, 0], [0, 4], [12]], 6.5);
  expectTensorClose(clipped.flat(), [1.5, 0, 0, 2, 6]);
  expect(clip([[3, 0], [0, 4], [12]], 13)).toEqual([[3, 0], [0, 4], [12]]);
});

it('never exceeds the limit, and keeps the exact bits below it', () => {
  const vector = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(vector, { minLength: 1, maxLength: 5 }), (gradients) => {
      expect(Math.hypot(...clip(gradients, 2).flat())).toBeLessThanOrEqual(2 * (1 + 1e-5));
      expect(clip(gradients, 1e6)).toEqual(gradients);
    }),
    { numRuns: 50 },
  );
});

it('leaves NaN visible, and zero alone', () => {
  // As optax.clip_by_global_norm, torch's clip_grad_norm_ and tf.clip_by_global_norm: a norm that is NaN tells nothing of any.
  expect(clip([[Number.NaN], [5]], 1)).toEqual([[Number.NaN], [Number.NaN]]);
  expect(clip([[Infinity], [5]], 1)).toEqual([[Number.NaN], [0]]);
  expect(clip([[Number.POSITIVE_INFINITY]], 1)).toEqual([[Number.NaN]]);
  expect(clip([[0, 0]], 1)).toEqual([[0, 0]]);
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %d', (maxNorm) => {
  expect(() => clipByGlobalNorm({ maxNorm })).toThrow(
    `clipByGlobalNorm: \`maxNorm\` must be finite and > 0, got ${maxNorm}.`,
  );
});
