import { GAMMA } from '@nfnets/nf-blocks';
import { scaledStandardize } from '@nfnets/ws-conv';
import * as tf from '@tensorflow/tfjs';

/** Variance of the signal behind so many blocks, in each of three nets. */
export interface SignalVariance {
  readonly block: number;
  readonly normalizerFree: number;
  readonly plain: number;
  readonly batchNormalized: number;
}

export interface SignalOptions {
  readonly blocks: number;
  /** Factor of a residual branch in the normalizer-free net: 0.2 in the paper. */
  readonly alpha: number;
  readonly seed: number;
}

const [BATCH, SIDE, CHANNELS] = [32, 16, 32];
const SHAPE: [number, number, number, number] = [3, 3, CHANNELS, CHANNELS];
/** Of random weights before a relu (He et al. 2015). */
const DEVIATION = Math.sqrt(2 / (9 * CHANNELS));

/**
 * Sends the same noise through three residual nets with the same random weights, one block after the other:
 *
 * - normalizer-free: `x + alpha f(x / beta)`, where f is a relu scaled to unit variance and a standardized convolution, and `beta` the
 *   deviation that x is expected to have (Brock et al. 2021);
 * - the same without scaled standardization, alpha and beta: `x + conv(relu(x))`;
 * - batch-normalized: `x + conv(relu(normalize(x)))`.
 */
export async function* signalVariance({ blocks, alpha, seed }: SignalOptions): AsyncGenerator<SignalVariance> {
  const noise = tf.randomNormal<tf.Rank.R4>([BATCH, SIDE, SIDE, CHANNELS], 0, 1, 'float32', seed);
  let signals: [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] = [noise, noise.clone(), noise.clone()];
  let expected = 1;
  try {
    for (let block = 0; ; block++) {
      const [normalizerFree, plain, batchNormalized] = await variances(signals);
      yield { block, normalizerFree: normalizerFree!, plain: plain!, batchNormalized: batchNormalized! };
      if (block === blocks) return;
      const before = signals;
      signals = tf.tidy(() => nextBlock(before, alpha, Math.sqrt(expected), 1000 * (seed + 1) + block));
      tf.dispose(before);
      expected += alpha ** 2;
    }
  } finally {
    tf.dispose(signals);
  }
}

type Signals = [normalizerFree: tf.Tensor4D, plain: tf.Tensor4D, batchNormalized: tf.Tensor4D];

function nextBlock([free, plain, normalized]: Signals, alpha: number, beta: number, seed: number): Signals {
  const kernel = tf.randomNormal<tf.Rank.R4>(SHAPE, 0, DEVIATION, 'float32', seed);
  const standardized = scaledStandardize(kernel, tf.fill([CHANNELS], GAMMA.relu));
  const branch = (x: tf.Tensor4D, weights: tf.Tensor4D) => tf.conv2d(tf.relu(x), weights, 1, 'same');
  const { mean, variance } = tf.moments(normalized, [0, 1, 2]);
  const whitened = tf.batchNorm(normalized, mean as tf.Tensor1D, variance as tf.Tensor1D) as tf.Tensor4D;
  return [
    tf.add(free, tf.mul(alpha, branch(tf.div(free, beta), standardized))),
    tf.add(plain, branch(plain, kernel)),
    tf.add(normalized, branch(whitened, kernel)),
  ];
}

/** Of each channel over images and places, then the mean over the channels. */
async function variances(signals: readonly tf.Tensor4D[]): Promise<number[]> {
  const all = tf.tidy(() => tf.stack(signals.map((x) => tf.mean(tf.moments(x, [0, 1, 2]).variance))));
  try {
    return [...(await all.data())];
  } finally {
    all.dispose();
  }
}
