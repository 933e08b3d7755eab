import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { addBias } from './add-bias.js';
import { groupedConv2d } from './grouped-conv-2d.js';
import { scaledStandardize } from './scaled-standardize.js';

type LayerArgs = NonNullable<ConstructorParameters<typeof tfl.layers.Layer>[0]>;

export interface ScaledWSConv2DArgs extends LayerArgs {
  /** Number of output channels. */
  readonly filters: number;
  /** Side of the square kernel. */
  readonly kernelSize: number;
  /** Step of the window in both directions. Default 1. */
  readonly strides?: number;
  /** Default `'same'`. */
  readonly padding?: 'same' | 'valid';
  /** Number of channel groups; input channels and `filters` must both divide by it. Default 1. */
  readonly groups?: number;
  /** Floor under `variance * fanIn` of the raw kernel. Default 1e-4. */
  readonly eps?: number;
  /** Seed of the kernel's initial values; they differ from run to run without one. */
  readonly seed?: number;
}

interface Settings {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: 'same' | 'valid';
  readonly groups: number;
  readonly eps: number;
}

/**
 * Convolution with a scaled weight-standardized kernel, a gain per output channel and a bias.
 *
 * Weights: `kernel` `[kernelSize, kernelSize, inChannels / groups, filters]` from N(0, 1 / fanIn), `gain`
 * `[filters]` from ones, `bias` `[filters]` from zeros. Input `[batch, height, width, inChannels]`.
 *
 * Source: Brock et al. 2021, section 2 and the authors' `WSConv2D`.
 */
export class ScaledWSConv2D extends tfl.layers.Layer {
  static readonly className = 'ScaledWSConv2D';
  readonly settings: Settings;
  private readonly seed: number | undefined;
  private kernel!: tfl.LayerVariable;
  private gain!: tfl.LayerVariable;
  private bias!: tfl.LayerVariable;

  constructor(args: ScaledWSConv2DArgs) {
    super(args);
    const { filters, kernelSize, strides = 1, padding = 'same', groups = 1, eps = 1e-4, seed } = args;
    assertCount({ filters, kernelSize, strides, groups });
    if (padding !== 'same' && padding !== 'valid') {
      throw new RangeError(`scaledWSConv2d: \`padding\` must be 'same' or 'valid', got ${JSON.stringify(padding)}.`);
    }
    if (!(eps > 0)) throw new RangeError(`scaledWSConv2d: \`eps\` must be greater than 0, got ${eps}.`);
    if (filters % groups !== 0) {
      throw new RangeError(`scaledWSConv2d: \`filters\` (${filters}) must be divisible by \`groups\` (${groups}).`);
    }
    this.settings = { filters, kernelSize, strides, padding, groups, eps };
    this.seed = seed;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const { filters, kernelSize, groups } = this.settings;
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
    this.gain = this.addWeight('gain', [filters], 'float32', ones());
    this.bias = this.addWeight('bias', [filters], 'float32', zeros());
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const { strides, padding, groups } = this.settings;
      const kernel = this.standardizedKernel();
      // Not tf.fused.conv2d: its gradient computes that of the images too, which nobody asks of a first layer.
      return addBias(groupedConv2d(x, kernel, { strides, padding, groups }), this.bias.read() as tf.Tensor1D);
    });
  }

  /** The kernel that `call` convolves with: `[kernelSize, kernelSize, inChannels / groups, filters]`. */
  standardizedKernel(): tf.Tensor4D {
    return scaledStandardize(this.kernel.read() as tf.Tensor4D, this.gain.read() as tf.Tensor1D, this.settings.eps);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width] = inputShape as tfl.Shape;
    return [batch ?? null, this.outputSize(height), this.outputSize(width), this.settings.filters];
  }

  private outputSize(size: number | null | undefined): number | null {
    if (size == null) return null;
    const { kernelSize, strides, padding } = this.settings;
    return Math.ceil((padding === 'same' ? size : size - kernelSize + 1) / strides);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings, ...(this.seed === undefined ? {} : { seed: this.seed }) };
  }
}
tf.serialization.registerClass(ScaledWSConv2D);

/** Makes a {@link ScaledWSConv2D} layer. */
export function scaledWSConv2d(args: ScaledWSConv2DArgs): ScaledWSConv2D {
  return new ScaledWSConv2D(args);
}

function assertCount(options: Record<string, number>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(`scaledWSConv2d: \`${option}\` must be a whole number from 1, got ${value}.`);
    }
  }
}
