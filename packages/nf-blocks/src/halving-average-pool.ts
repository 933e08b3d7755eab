import { checkOptions, LAYER_ARGS, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { LayerArgs } from './layer-args.js';

/**
 * Averages windows of 2 x 2 pixels at stride 2, padding `'same'`: a window over an odd edge averages its real pixels.
 *
 * The value is `tf.avgPool`'s. Its gradient is the same on every backend, where that of `tf.avgPool` is not: at odd sizes
 * most of them divide by 4 even for windows of one or two pixels, and TensorFlow's does not.
 *
 * @param x `[batch, height, width, channels]`
 * @returns `[batch, ceil(height / 2), ceil(width / 2), channels]`
 * @throws TypeError when `x` is no such tensor: the layer is {@link HalvingAveragePool}.
 * @example
 * ```ts
 * import { halvingAveragePool } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const halved = halvingAveragePool(tf.randomNormal<tf.Rank.R4>([2, 7, 7, 64])); // [2, 4, 4, 64]
 * ```
 */
export function halvingAveragePool(x: tf.Tensor4D): tf.Tensor4D {
  if (!(x instanceof tf.Tensor && x.rank === 4)) {
    const got = x instanceof tf.Tensor ? `one of shape [${(x as tf.Tensor).shape}]` : show(x);
    throw new TypeError(
      `halvingAveragePool: \`x\` must be a tensor [batch, height, width, channels], got ${got}. The layer is \`new HalvingAveragePool({ name })\`.`,
    );
  }
  const [, height, width] = x.shape;
  if (height % 2 === 0 && width % 2 === 0) return tf.avgPool(x, 2, 2, 'valid');
  return tf.tidy(() => {
    // Of an even size, where all agree: the zeros beyond the edge are averaged too, and multiplied out again.
    const padded = tf.pad4d(x, [
      [0, 0],
      [0, height % 2],
      [0, width % 2],
      [0, 0],
    ]);
    return tf.mul(tf.avgPool(padded, 2, 2, 'valid'), pixelShares(height, width));
  });
}

/** 4 / the real pixels of each window, `[1, outHeight, outWidth, 1]`. */
function pixelShares(height: number, width: number): tf.Tensor4D {
  const alongAxis = (size: number) => Array.from({ length: Math.ceil(size / 2) }, (_, i) => (2 * i + 1 < size ? 1 : 2));
  const columns = alongAxis(width);
  const shares = alongAxis(height).flatMap((row) => columns.map((column) => row * column));
  return tf.tensor4d(shares, [1, Math.ceil(height / 2), columns.length, 1]);
}

/**
 * Layer that computes {@link halvingAveragePool}.
 *
 * @throws TypeError or RangeError for an option that layers do not have.
 * @example
 * ```ts
 * import { HalvingAveragePool } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const features = tf.input({ shape: [7, 7, 64] });
 * const halved = new HalvingAveragePool({ name: 'pool' }).apply(features) as tf.SymbolicTensor; // [null, 4, 4, 64]
 * ```
 */
export class HalvingAveragePool extends tfl.layers.Layer {
  static readonly className = 'HalvingAveragePool';

  constructor(args: LayerArgs = {}) {
    checkOptions<LayerArgs>('HalvingAveragePool', args, LAYER_ARGS);
    super(args);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => halvingAveragePool((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = inputShape as tfl.Shape;
    const half = (size: number | null | undefined) => (size == null ? null : Math.ceil(size / 2));
    return [batch ?? null, half(height), half(width), channels ?? null];
  }
}
tf.serialization.registerClass(HalvingAveragePool);
