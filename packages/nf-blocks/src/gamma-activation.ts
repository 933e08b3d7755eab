import { checkOptions, LAYER_ARGS, type OptionRules, oneOf } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type ActivationName, GAMMA } from './gamma.js';
import { aFactor, type LayerArgs } from './layer-args.js';
import { applyActivation } from './scaled-activation.js';

/** Options of {@link gammaActivation}, beside what every layer takes. */
export interface GammaActivationArgs extends LayerArgs {
  /** A name of the gamma table. */
  readonly activation: ActivationName;
  /** A further factor; a block passes its beta. Default 1. */
  readonly scale?: number;
  /** The factor that keeps the variance; 1 where the convolutions bring it. Default that of {@link GAMMA}. */
  readonly gamma?: number;
}

const RULES: OptionRules<GammaActivationArgs> = {
  activation: oneOf(Object.keys(GAMMA)),
  scale: aFactor,
  gamma: aFactor,
  ...LAYER_ARGS,
};

interface Settings {
  readonly activation: ActivationName;
  readonly scale: number;
  readonly gamma?: number;
}

/** Layer that computes `scale * gamma * activation(x)`; see {@link scaledActivation}. */
export class GammaActivation extends tfl.layers.Layer {
  static readonly className = 'GammaActivation';
  private readonly settings: Settings;

  constructor(args: GammaActivationArgs) {
    super(checkArgs(args));
    const { activation, scale = 1, gamma } = args;
    this.settings = { activation, scale, ...(gamma === undefined ? {} : { gamma }) };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const { activation, scale, gamma } = this.settings;
    return tf.tidy(() => applyActivation(activation, x, scale, gamma));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = inputShape as tfl.Shape;
    const channels = shape.at(-1);
    return this.settings.activation === 'glu' && channels != null ? [...shape.slice(0, -1), channels / 2] : shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(GammaActivation);

/**
 * Makes an activation that keeps the variance of its input (Brock et al. 2021, section 2): a {@link GammaActivation} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { gammaActivation } from '@nfnets/nf-blocks';
 * import { scaledWSConv2d } from '@nfnets/ws-conv';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const conv = scaledWSConv2d({ inputShape: [32, 32, 3], filters: 64, kernelSize: 3 });
 * const model = tf.sequential({ layers: [conv, gammaActivation({ activation: 'gelu' })] });
 * ```
 */
export function gammaActivation(args: GammaActivationArgs): GammaActivation {
  return new GammaActivation(args);
}

function checkArgs(args: unknown): GammaActivationArgs {
  checkOptions<GammaActivationArgs>('gammaActivation', args, RULES, { required: ['activation'] });
  return args;
}
