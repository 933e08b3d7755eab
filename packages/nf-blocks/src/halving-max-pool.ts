import { checkOptions, LAYER_ARGS, type OptionRules, oneOf } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { LayerArgs } from './layer-args.js';

/** Options of {@link halvingMaxPool}, beside what every layer takes. */
export interface HalvingMaxPoolArgs extends LayerArgs {
  /** `'same'` pads as TensorFlow does, `'symmetric'` one pixel on every side. They differ at even sizes. Default `'same'`. */
  readonly padding?: 'same' | 'symmetric';
}

const RULES: OptionRules<HalvingMaxPoolArgs> = { padding: oneOf(['same', 'symmetric']), ...LAYER_ARGS };

/** Layer that takes the maximum of 3 x 3 pixels at stride 2, as the stem of a residual network does. */
export class HalvingMaxPool extends tfl.layers.Layer {
  static readonly className = 'HalvingMaxPool';
  private readonly settings: { readonly padding: 'same' | 'symmetric' };

  constructor(args: HalvingMaxPoolArgs = {}) {
    super(checkArgs(args));
    const { padding = 'same' } = args;
    this.settings = { padding };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    if (this.settings.padding === 'same') return tf.maxPool(x, 3, 2, 'same');
    return tf.tidy(() => {
      // As far as the windows reach: no window begins at the last pixel of an even size.
      const sides = (size: number): [number, number] => [1, size % 2];
      const pads: [number, number][] = [[0, 0], sides(x.shape[1]), sides(x.shape[2]), [0, 0]];
      return tf.maxPool(tf.pad(x, pads, Number.NEGATIVE_INFINITY) as tf.Tensor4D, 3, 2, 'valid');
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = inputShape as tfl.Shape;
    const half = (size: number | null | undefined) => (size == null ? null : Math.ceil(size / 2));
    return [batch ?? null, half(height), half(width), channels ?? null];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(HalvingMaxPool);

/**
 * Makes the pooling of a residual network's stem, 3 x 3 pixels at stride 2 (He et al. 2016): a {@link HalvingMaxPool} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { halvingMaxPool } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const features = tf.input({ shape: [112, 112, 64] });
 * const pooled = halvingMaxPool({ padding: 'symmetric' }).apply(features) as tf.SymbolicTensor; // [null, 56, 56, 64]
 * ```
 */
export function halvingMaxPool(args: HalvingMaxPoolArgs = {}): HalvingMaxPool {
  return new HalvingMaxPool(args);
}

function checkArgs(args: unknown): HalvingMaxPoolArgs {
  checkOptions<HalvingMaxPoolArgs>('halvingMaxPool', args, RULES);
  return args;
}
