import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import {
  adaptiveGradClip,
  addDecayedWeights,
  clipByGlobalNorm,
  type GradientTransform,
  TransformState,
} from './index.js';

async function profile(transform: GradientTransform, shapes: readonly number[][]) {
  const gradients = tf.tidy(() =>
    shapes.map((shape) => ({ param: tf.variable(tf.ones(shape)), grad: tf.keep(tf.ones(shape)) })),
  );
  const bytesBefore = tf.memory().numBytes;
  const { kernels, peakBytes } = await tf.profile(() =>
    tf.tidy(() => void transform.apply(gradients, new TransformState())),
  );
  tf.dispose(gradients.flatMap(({ param, grad }) => [param, grad]));

  return { kernels: kernels.length, extraBytes: peakBytes - bytesBefore };
}

it('clips 100 small variables of 5 shapes in 61 kernels', async () => {
  const block = [[3, 3, 8, 16], [16], [1, 1, 16, 32], [32], []];
  const shapes = Array.from({ length: 20 }, () => block).flat();
  expect((await profile(adaptiveGradClip(), shapes)).kernels).toBe(61);
  expect((await profile(clipByGlobalNorm({ maxNorm: 1 }), shapes)).kernels).toBeLessThanOrEqual(40);
  expect((await profile(addDecayedWeights({ weightDecay: 1 }), shapes)).kernels).toBe(10);
});

it('clips a large variable in 5 kernels, with no memory to speak of but the result', async () => {
  const shapes = Array.from({ length: 8 }, () => [3, 3, 64, 64]);
  const { kernels, extraBytes } = await profile(adaptiveGradClip(), shapes);
  // 15 for the norms of all of them together.
  expect(kernels).toBe(5 * shapes.length + 15);
  const bytesOfOne = 4 * 3 * 3 * 64 * 64;
  expect(extraBytes).toBeLessThan((shapes.length + 1) * bytesOfOne);
});

it('decays a large variable in 2 kernels, with no memory to speak of but the result', async () => {
  const shapes = Array.from({ length: 8 }, () => [3, 3, 64, 64]);
  const { kernels, extraBytes } = await profile(addDecayedWeights({ weightDecay: 1 }), shapes);
  expect(kernels).toBe(2 * shapes.length);
  const bytesOfOne = 4 * 3 * 3 * 64 * 64;
  // One more while the last is made, and the scalar.
  expect(extraBytes).toBeLessThanOrEqual((shapes.length + 1) * bytesOfOne + 4);
});
