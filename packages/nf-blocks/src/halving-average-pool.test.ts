import { describeLayer, expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { HalvingAveragePool, halvingAveragePool } from './index.js';

const image = (side: number) =>
  tf.tensor4d(
    Array.from({ length: side * side }, (_, k) => (k + 1) / 10),
    [1, side, side, 1],
  );

describe('halvingAveragePool', () => {
  it('divides by the number of real pixels', () => {
    tf.tidy(() => {
      expectTensorClose(halvingAveragePool(image(4)), [0.35, 0.55, 1.15, 1.35]);
      expectTensorClose(halvingAveragePool(image(5)), [0.4, 0.6, 0.75, 1.4, 1.6, 1.75, 2.15, 2.35, 2.5]);
    });
  });

  it.each([4, 5, 7])('has gradients that sum to one per window at size %i', (side) => {
    tf.tidy(() => {
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(halvingAveragePool(x as tf.Tensor4D)))(image(side));
      const values = gradient.dataSync<'float32'>();
      const windows = Math.ceil(side / 2) ** 2;
      expect(values.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(windows, 4);
      // The last pixel of an odd image is a window of its own.
      expect(values.at(-1)).toBeCloseTo(side % 2 === 1 ? 1 : 0.25, 5);
    });
  });

  describeLayer(() => new HalvingAveragePool({}), { inputShape: [5, 6, 3] });
});
