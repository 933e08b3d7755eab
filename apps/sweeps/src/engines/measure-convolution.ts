import * as tf from '@tensorflow/tfjs-core';

const CHANNELS = 64;
/** Width of a map, and maps at a time: little for what is slow, more and more for what wants a lot of work at once. */
const SIZES = [
  [7, 1],
  [14, 1],
  [28, 1],
  [28, 4],
  [28, 16],
  [28, 64],
  [28, 256],
] as const;
/** A pass this long is one to go by. */
const LONG_ENOUGH_MS = 250;

/**
 * Measures how fast the tfjs backend in use computes a 3x3 convolution of 64 channels with both its gradients, in GFLOP/s.
 *
 * Enlarges its input until a pass takes a quarter of a second, or all of them together have taken `budgetMs`; the fastest counts.
 */
export async function measureConvolution({ budgetMs = 2500 }: { budgetMs?: number } = {}): Promise<number> {
  const start = performance.now();
  let best = 0;
  for (const [width, batch] of SIZES) {
    const seconds = await timePass(width, batch);
    // The convolution and its two gradients: a multiplication and an addition for every pair of pixel and kernel value.
    const flop = 3 * 2 * batch * width * width * 9 * CHANNELS * CHANNELS;
    best = Math.max(best, flop / seconds / 1e9);
    if (seconds * 1000 > LONG_ENOUGH_MS || performance.now() - start > budgetMs) break;
  }
  return best;
}

/** Seconds of the fastest of three passes, the first of which also compiles kernels; of fewer where they take long. */
async function timePass(width: number, batch: number): Promise<number> {
  const images = tf.randomNormal([batch, width, width, CHANNELS], 0, 1, 'float32', 1);
  const kernel = tf.randomNormal([3, 3, CHANNELS, CHANNELS], 0, 0.05, 'float32', 2);
  const upstream = tf.ones([batch, width, width, CHANNELS]);
  const gradientsOf = tf.grads((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'));
  let seconds = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 3; pass++) {
    const start = performance.now();
    const gradients = gradientsOf([images, kernel], upstream);
    // Work is done in order: when the smaller gradient can be read, all of it is done.
    await gradients[1]!.data();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
    tf.dispose(gradients);
    if (seconds > (pass === 0 ? 2.5 : 1)) break;
  }
  tf.dispose([images, kernel, upstream]);
  return seconds;
}
