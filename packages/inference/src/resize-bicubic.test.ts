import { expectTensorClose, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageNamed, reference } from './__fixtures__/reference.js';
import { resizeBicubic } from './index.js';
import { interpolationBands } from './interpolation-bands.js';
import '@tensorflow/tfjs-backend-wasm';

/** The whole of `[to, from]`. */
function interpolationMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  let row = 0;
  for (const { rows, firstPixel, pixels, weights } of interpolationBands(from, to)) {
    for (let i = 0; i < rows; i++, row++) {
      matrix.set(weights.subarray(i * pixels, (i + 1) * pixels), row * from + firstPixel);
    }
  }
  expect(row).toBe(to);
  return matrix;
}

it('weighs four neighbours by the kernel at half a pixel', () => {
  // From 4 to 8: output pixel 3 lies at (3 + 0.5) / 2 - 0.5 = 1.25. With t = 1/4 and a = -1/2 the kernel at distances
  // 1.25, 0.25, 0.75, 1.75 is -9/128, 111/128, 29/128, -3/128.
  const row = interpolationMatrix(4, 8).subarray(3 * 4, 4 * 4);
  expect([...row]).toEqual([-9 / 128, 111 / 128, 29 / 128, -3 / 128]);
});

it('gives neighbours outside the image no weight', () => {
  // Output pixel 0 lies at -0.25: neighbours -2, -1 are outside; 0 and 1 have 111/128 and -9/128 of sum 102/128.
  const [first, second, ...rest] = interpolationMatrix(4, 8).subarray(0, 4);
  expect(first).toBeCloseTo(111 / 102, 6);
  expect(second).toBeCloseTo(-9 / 102, 6);
  expect(rest).toEqual([0, 0]);
});

it('has rows of sum 1, and is the identity from a size to itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), (from, to) => {
      const matrix = interpolationMatrix(from, to);
      for (let row = 0; row < to; row++) {
        const sum = matrix.subarray(row * from, (row + 1) * from).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
      }
    }),
  );
  expect([...interpolationMatrix(3, 3)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(reference.resizes.map((row, i) => ({ ...row, i })))(
    'resizes $shape to $size as TensorFlow',
    ({ i, shape, size, values }) => {
      const images = imageNamed(`resize ${i}`, shape);
      const resized = resizeBicubic(images, size);
      expect(resized.dtype).toBe('float32');
      expect(resized.shape).toEqual([shape[0], ...size, shape[3]]);
      expectTensorClose(resized, values, { absolute: 1e-4, relative: 0 });
      tf.dispose([images, resized]);
    },
  );

  it('treats one image as a batch of one', () => {
    tf.tidy(() => {
      const image = tf.squeeze<tf.Tensor3D>(imageNamed('one', [1, 6, 9, 3]), [0]);
      const alone = resizeBicubic(image, [7, 4]);
      const batch = resizeBicubic(tf.stack([image, image]) as tf.Tensor4D, [7, 4]);
      expect(alone.shape).toEqual([7, 4, 3]);
      expectTensorClose(batch, tf.stack([alone, alone]), { absolute: 0, relative: 1e-6 });
    });
  });

  it('passes the gradient of the transposed interpolation', () => {
    // <resize(x), y> is linear in x, so that its gradient g has <x, g> = <resize(x), y>.
    tf.tidy(() => {
      const x = tf.cast(imageNamed('x', [2, 5, 7, 2]), 'float32');
      const y = tf.cast(imageNamed('y', [2, 8, 4, 2]), 'float32');
      const product = (images: tf.Tensor) => tf.sum(tf.mul(resizeBicubic(images as tf.Tensor4D, [8, 4]), y));
      const gradient = tf.grad(product)(x);
      expect(gradient.shape).toEqual(x.shape);
      expect(relativeError(tf.sum(tf.mul(gradient, x)), product(x))).toBeLessThan(1e-5);
    });
  });
});

it('says what a size must be', () => {
  const image = tf.zeros<tf.Rank.R3>([2, 2, 3]);
  expect(() => resizeBicubic(image, [0, 3])).toThrow(/resizeBicubic: `size` must be .* got \[0,3\]/);
  expect(() => resizeBicubic(image, [2.5, 3])).toThrow(/whole numbers from 1/);
  expect(() => resizeBicubic(image as unknown as tf.Tensor4D, 3 as unknown as [number, number])).toThrow(/got 3\./);
  const flat = tf.zeros([2, 2]) as unknown as tf.Tensor3D;
  expect(() => resizeBicubic(flat, [3, 3])).toThrow(/`images` must be .* got \[2,2\]/);
  tf.dispose([image, flat]);
});
