import { checkOptions, integerFrom, LAYER_ARGS, type OptionRules } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { deriveSeed } from './derive-seed.js';
import { aFactor, aSeed, aShare, type LayerArgs } from './layer-args.js';

/** Options of {@link squeezeExcite}, beside what every layer takes. */
export interface SqueezeExciteArgs extends LayerArgs {
  /** Channels of the bottleneck, as a share of the input's; rounded down, at least one. Default 0.5. */
  readonly ratio?: number;
  /** Channels of the bottleneck, where they are not that share. Default that share. */
  readonly hiddenChannels?: number;
  /** Factor of the output. The residual blocks of NFNets use 2. Default 1. */
  readonly gain?: number;
  /** Seed of the initial values. Default none: they differ from run to run. */
  readonly seed?: number;
}

const RULES: OptionRules<SqueezeExciteArgs> = {
  ratio: aShare,
  hiddenChannels: integerFrom(1),
  gain: aFactor,
  seed: aSeed,
  ...LAYER_ARGS,
};

/**
 * Scales each channel by a learned function of all channel means:
 * `gain * sigmoid(relu(mean(x) W1 + b1) W2 + b2) * x`.
 *
 * Input `[batch, height, width, channels]`. Weights: `reduce_kernel` `[channels, hidden]`, `reduce_bias`,
 * `expand_kernel` `[hidden, channels]`, `expand_bias`; kernels from a normal of deviation `1 / sqrt(fanIn)` truncated
 * at two deviations, biases from zero. The relu has no gamma, as in the released weights (the paper's text says gelu).
 * Source: Hu et al. 2018; Brock et al. 2021.
 */
export class SqueezeExcite extends tfl.layers.Layer {
  static readonly className = 'SqueezeExcite';
  private readonly settings: { readonly ratio: number; readonly hiddenChannels?: number; readonly gain: number };
  private readonly seed: number | undefined;
  private reduceKernel!: tfl.LayerVariable;
  private reduceBias!: tfl.LayerVariable;
  private expandKernel!: tfl.LayerVariable;
  private expandBias!: tfl.LayerVariable;

  constructor(args: SqueezeExciteArgs = {}) {
    super(checkArgs(args));
    const { ratio = 0.5, hiddenChannels, gain = 1, seed } = args;
    this.settings = { ratio, ...(hiddenChannels === undefined ? {} : { hiddenChannels }), gain };
    this.seed = seed;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape)[3];
    if (channels == null) {
      throw new RangeError(`squeezeExcite: the channel axis of the input must have a known size, got [${inputShape}].`);
    }
    const { ratio, hiddenChannels } = this.settings;
    const hidden = hiddenChannels ?? Math.max(1, Math.floor(channels * ratio));
    const { truncatedNormal, zeros } = tfl.initializers;
    const kernel = (label: string, fanIn: number) =>
      truncatedNormal({
        mean: 0,
        stddev: 1 / Math.sqrt(fanIn),
        ...(this.seed === undefined ? {} : { seed: deriveSeed(this.seed, label) }),
      });
    this.reduceKernel = this.addWeight('reduce_kernel', [channels, hidden], 'float32', kernel('reduce', channels));
    this.reduceBias = this.addWeight('reduce_bias', [hidden], 'float32', zeros());
    this.expandKernel = this.addWeight('expand_kernel', [hidden, channels], 'float32', kernel('expand', hidden));
    this.expandBias = this.addWeight('expand_bias', [channels], 'float32', zeros());
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const weights = [this.reduceKernel, this.reduceBias, this.expandKernel, this.expandBias].map((it) => it.read());
      return exciteOp(this.settings.gain)(x, ...weights);
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return inputShape as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...(this.seed === undefined ? {} : { seed: this.seed }) };
  }
}
tf.serialization.registerClass(SqueezeExcite);

/**
 * Makes an attention over channels by their means (Hu et al. 2018): a {@link SqueezeExcite} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; when it is built, RangeError for an unknown number of
 * channels.
 * @example
 * ```ts
 * import { squeezeExcite } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const features = tf.input({ shape: [14, 14, 256] });
 * // NFNets multiply by 2, as the sigmoid halves what it sees first.
 * const weighted = squeezeExcite({ ratio: 0.5, gain: 2 }).apply(features) as tf.SymbolicTensor;
 * ```
 */
export function squeezeExcite(args: SqueezeExciteArgs = {}): SqueezeExcite {
  return new SqueezeExcite(args);
}

function checkArgs(args: unknown): SqueezeExciteArgs {
  checkOptions<SqueezeExciteArgs>('squeezeExcite', args, RULES);
  return args;
}

/*
 * With m = mean(x), h = relu(m W1 + b1), e = sigmoid(h W2 + b2), the output is s * x, s = gain * e. For an output gradient dy:
 *   dz2 = sum(dy * x) * s * (1 - e)      dW2 = h' dz2, db2 = sum(dz2)
 *   dz1 = (dz2 W2') * step(h)            dW1 = m' dz1, db1 = sum(dz1)
 *   dx  = dy * s + (dz1 W1') / pixels
 * Written out, for a third of the kernel calls, and for no tensor of ones as large as the image.
 */
function exciteOp(gain: number) {
  return tf.customGrad((...args) => {
    const [x, reduceKernel, reduceBias, expandKernel, expandBias, save] = args as unknown as [
      tf.Tensor4D,
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor2D,
      tf.Tensor1D,
      (tensors: tf.Tensor[]) => void,
    ];
    const [batch, height, width, channels] = x.shape;
    const means = tf.mean<tf.Tensor2D>(x, [1, 2]);
    const hidden = linear(means, reduceKernel, reduceBias, 'relu');
    const open = tf.sigmoid(linear(hidden, expandKernel, expandBias, 'linear'));
    const scale = tf.mul(open, gain);
    save([x, means, hidden, open, scale, reduceKernel, expandKernel]);
    const value = tf.mul(x, tf.reshape(scale, [batch, 1, 1, channels]));

    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, means, hidden, open, scale, reduceKernel, expandKernel] = saved as [
        tf.Tensor4D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const perPixel = (t: tf.Tensor) => tf.reshape(t, [batch, 1, 1, channels]);
      const scaleGradient = tf.tidy(() => tf.sum<tf.Tensor2D>(tf.mul(dy, x), [1, 2]));
      const expanded = tf.mul(tf.mul(scaleGradient, scale), tf.sub(1, open)) as tf.Tensor2D;
      const reduced = tf.mul(tf.matMul(expanded, expandKernel, false, true), tf.step(hidden)) as tf.Tensor2D;
      const fromMeans = tf.div(tf.matMul(reduced, reduceKernel, false, true), height * width);
      return [
        tf.add(tf.mul(dy, perPixel(scale)), perPixel(fromMeans)),
        tf.matMul(means, reduced, true),
        tf.sum(reduced, 0),
        tf.matMul(hidden, expanded, true),
        tf.sum(expanded, 0),
      ];
    };
    return { value, gradFunc };
  });
}

function linear(a: tf.Tensor2D, b: tf.Tensor2D, bias: tf.Tensor1D, activation: 'relu' | 'linear'): tf.Tensor2D {
  return tf.fused.matMul({ a, b, bias, activation }) as tf.Tensor2D;
}
