import { assertInteger, checkOptions, LAYER_ARGS, type OptionRules } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { aFactor, aSeed, type LayerArgs } from './layer-args.js';

/** Options of {@link efficientChannelAttention}, beside what every layer takes. */
export interface EfficientChannelAttentionArgs extends LayerArgs {
  /** Factor of the output. The residual blocks of normalizer-free networks use 2. Default 1. */
  readonly gain?: number;
  /** Seed of the initial values. Default none: they differ from run to run. */
  readonly seed?: number;
}

const RULES: OptionRules<EfficientChannelAttentionArgs> = { gain: aFactor, seed: aSeed, ...LAYER_ARGS };

/**
 * Scales each channel by a function of the means of its neighbours among the channels:
 * `gain * sigmoid(conv1d(mean(x), kernel)) * x`, padded with zeros at both ends.
 *
 * Input `[batch, height, width, channels]`. Weight: `kernel` `[side]` of {@link channelKernelSize}, uniform in
 * ±1 / sqrt(side). Source: Wang et al. 2020 (ECA-Net).
 */
export class EfficientChannelAttention extends tfl.layers.Layer {
  static readonly className = 'EfficientChannelAttention';
  private readonly settings: { readonly gain: number };
  private readonly seed: number | undefined;
  private kernel!: tfl.LayerVariable;

  constructor(args: EfficientChannelAttentionArgs = {}) {
    super(checkArgs(args));
    const { gain = 1, seed } = args;
    this.settings = { gain };
    this.seed = seed;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape)[3];
    if (channels == null) {
      throw new RangeError(
        `efficientChannelAttention: the channel axis of the input must have a known size, got [${inputShape}].`,
      );
    }
    const side = channelKernelSize(channels);
    const uniform = tfl.initializers.randomUniform({
      minval: -1 / Math.sqrt(side),
      maxval: 1 / Math.sqrt(side),
      ...(this.seed === undefined ? {} : { seed: this.seed }),
    });
    this.kernel = this.addWeight('kernel', [side], 'float32', uniform);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const [batch, , , channels] = x.shape;
      // A column of pixels, one per channel: a convolution that every backend has, and can differentiate.
      const means = tf.reshape<tf.Rank.R4>(tf.mean(x, [1, 2]), [batch, channels, 1, 1]);
      const kernel = this.kernel.read();
      const mixed = tf.conv2d(means, tf.reshape<tf.Rank.R4>(kernel, [kernel.size, 1, 1, 1]), 1, 'same');
      const excitation = tf.mul(tf.sigmoid(mixed), this.settings.gain);
      return tf.mul(x, tf.reshape(excitation, [batch, 1, 1, channels]));
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return inputShape as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...(this.seed === undefined ? {} : { seed: this.seed }) };
  }
}
tf.serialization.registerClass(EfficientChannelAttention);

/**
 * Makes an attention over channels of a few weights (Wang et al. 2020, ECA-Net): an {@link EfficientChannelAttention} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; when it is built, RangeError for an unknown number of
 * channels.
 * @example
 * ```ts
 * import { efficientChannelAttention } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const features = tf.input({ shape: [14, 14, 256] });
 * const weighted = efficientChannelAttention({ gain: 2, seed: 1 }).apply(features) as tf.SymbolicTensor;
 * ```
 */
export function efficientChannelAttention(args: EfficientChannelAttentionArgs = {}): EfficientChannelAttention {
  return new EfficientChannelAttention(args);
}

function checkArgs(args: unknown): EfficientChannelAttentionArgs {
  checkOptions<EfficientChannelAttentionArgs>('efficientChannelAttention', args, RULES);
  return args;
}

/**
 * Channels that one channel's attention sees: the odd number from 3 on that is nearest above `(log2(channels) + 1) / 2`.
 *
 * @param channels Channels of the input, from 1.
 * @throws TypeError or RangeError when `channels` is no integer from 1.
 * @example
 * ```ts
 * import { channelKernelSize } from '@nfnets/nf-blocks';
 *
 * console.log(channelKernelSize(64), channelKernelSize(2048)); // 3 7
 * ```
 */
export function channelKernelSize(channels: number): number {
  assertInteger('channelKernelSize', 'channels', channels, 1);
  const size = Math.trunc(Math.abs(Math.log2(channels) + 1) / 2);
  return Math.max(size % 2 === 1 ? size : size + 1, 3);
}
