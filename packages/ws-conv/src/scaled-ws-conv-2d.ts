import { checkOptions } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { addBias } from './add-bias.js';
import { convolve, type Padding } from './grouped-conv-2d.js';
import { type EpsRule, scaledStandardize } from './scaled-standardize.js';
import { ARGS_RULES, INSTEAD, type ScaledWSConv2DArgs } from './scaled-ws-conv-2d-args.js';

interface Settings {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: Padding;
  readonly groups: number;
  readonly eps: number;
  readonly epsRule: EpsRule;
  readonly gamma: number;
  readonly gainInit: 0 | 1;
  readonly useBias: boolean;
}

/**
 * Convolution with a scaled weight-standardized kernel, a gain per output channel and a bias.
 *
 * Weights: `kernel` `[kernelSize, kernelSize, inChannels / groups, filters]` from N(0, 1 / fanIn), `gain`
 * `[filters]` from `gainInit`, `bias` `[filters]` from zeros where `useBias`. Input `[batch, height, width, inChannels]`.
 *
 * Source: Brock et al. 2021, section 2 and the authors' `WSConv2D`.
 */
export class ScaledWSConv2D extends tfl.layers.Layer {
  static readonly className = 'ScaledWSConv2D';
  readonly settings: Settings;
  private readonly seed: number | undefined;
  private kernel!: tfl.LayerVariable;
  private gain!: tfl.LayerVariable;
  private bias?: tfl.LayerVariable;

  constructor(args: ScaledWSConv2DArgs) {
    super(checkArgs(args));
    const { filters, kernelSize, strides = 1, padding = 'same', groups = 1, seed } = args;
    const { eps = 1e-4, epsRule = 'floor', gamma = 1, gainInit = 1, useBias = true } = args;
    if (filters % groups !== 0) {
      throw new RangeError(`scaledWSConv2d: \`filters\` (${filters}) must be divisible by \`groups\` (${groups}).`);
    }
    this.settings = { filters, kernelSize, strides, padding, groups, eps, epsRule, gamma, gainInit, useBias };
    this.seed = seed;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const { filters, kernelSize, groups, gainInit, useBias } = this.settings;
    const inChannels = (inputShape as tfl.Shape)[3];
    if (inChannels == null) {
      throw new RangeError(
        `scaledWSConv2d: the channel axis of the input must have a known size, got [${inputShape}].`,
      );
    }
    if (inChannels % groups !== 0) {
      throw new RangeError(
        `scaledWSConv2d: input channels (${inChannels}) must be divisible by \`groups\` (${groups}).`,
      );
    }
    const fanIn = (kernelSize * kernelSize * inChannels) / groups;
    const { ones, randomNormal, zeros } = tfl.initializers;
    // tf's varianceScaling truncates its normal distribution; the reference does not.
    const normal = randomNormal({
      mean: 0,
      stddev: 1 / Math.sqrt(fanIn),
      ...(this.seed === undefined ? {} : { seed: this.seed }),
    });
    this.kernel = this.addWeight('kernel', [kernelSize, kernelSize, inChannels / groups, filters], 'float32', normal);
    this.gain = this.addWeight('gain', [filters], 'float32', gainInit === 1 ? ones() : zeros());
    if (useBias) this.bias = this.addWeight('bias', [filters], 'float32', zeros());
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const { strides, padding, groups } = this.settings;
      const kernel = this.standardizedKernel();
      // Not tf.fused.conv2d: its gradient computes that of the images too, which nobody asks of a first layer.
      const y = convolve(x, kernel, { strides, padding, groups });
      return this.bias ? addBias(y, this.bias.read() as tf.Tensor1D) : y;
    });
  }

  /** The kernel that `call` convolves with: `[kernelSize, kernelSize, inChannels / groups, filters]`. */
  standardizedKernel(): tf.Tensor4D {
    const { eps, epsRule, gamma } = this.settings;
    const gain = this.gain.read() as tf.Tensor1D;
    return scaledStandardize(this.kernel.read() as tf.Tensor4D, gamma === 1 ? gain : tf.mul(gain, gamma), eps, epsRule);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width] = inputShape as tfl.Shape;
    return [batch ?? null, this.outputSize(height), this.outputSize(width), this.settings.filters];
  }

  private outputSize(size: number | null | undefined): number | null {
    if (size == null) return null;
    const { kernelSize, strides, padding } = this.settings;
    return Math.ceil((padding === 'valid' ? size - kernelSize + 1 : size) / strides);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...(this.seed === undefined ? {} : { seed: this.seed }) };
  }
}
tf.serialization.registerClass(ScaledWSConv2D);

/**
 * Makes a convolution with a scaled weight-standardized kernel (Brock et al. 2021, section 2): a {@link ScaledWSConv2D} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range; when it is built, RangeError for input channels
 * that do not divide into the groups.
 * @example
 * ```ts
 * import { scaledWSConv2d } from '@nfnets/ws-conv';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const stem = scaledWSConv2d({ inputShape: [224, 224, 3], filters: 16, kernelSize: 3, strides: 2, seed: 1 });
 * const model = tf.sequential({ layers: [stem, tf.layers.activation({ activation: 'relu' })] });
 * ```
 */
export function scaledWSConv2d(args: ScaledWSConv2DArgs): ScaledWSConv2D {
  return new ScaledWSConv2D(args);
}

function checkArgs(args: unknown): ScaledWSConv2DArgs {
  const required = ['filters', 'kernelSize'];
  checkOptions<ScaledWSConv2DArgs>('scaledWSConv2d', args, ARGS_RULES, { required, instead: INSTEAD });
  return args;
}
