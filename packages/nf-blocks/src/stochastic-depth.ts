import { aBoolean, checkOptions, LAYER_ARGS, type OptionRules } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { aRate, type LayerArgs } from './layer-args.js';
import { type CallArgs, randomMask } from './random-mask.js';

/** Options of {@link stochasticDepth}, beside what every layer takes. */
export interface StochasticDepthArgs extends LayerArgs {
  /** Probability that a sample's branch is dropped, in [0, 1). */
  readonly rate: number;
  /** Whether the branches that stay are divided by `1 - rate`. The reference does not. Default false. */
  readonly scaleByKeep?: boolean;
}

const RULES: OptionRules<StochasticDepthArgs> = { rate: aRate, scaleByKeep: aBoolean, ...LAYER_ARGS };

/**
 * Drops the whole branch of random samples while training: one draw per sample, no effect otherwise.
 *
 * Masks depend on the `seed` of `model.apply(x, { training: true, seed })` and the layer's name; without a seed they
 * are unseeded. Source: Huang et al. 2016, in the form of Brock et al. 2021 (`StochDepth`).
 */
export class StochasticDepth extends tfl.layers.Layer {
  static readonly className = 'StochasticDepth';
  private readonly settings: { readonly rate: number; readonly scaleByKeep: boolean };

  constructor(args: StochasticDepthArgs) {
    super(checkArgs(args));
    const { rate, scaleByKeep = false } = args;
    this.settings = { rate, scaleByKeep };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], args: CallArgs): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const { rate, scaleByKeep } = this.settings;
    if (!args.training || rate === 0) return tf.clone(x);
    return tf.tidy(() => {
      const shape = [x.shape[0]!, ...x.shape.slice(1).map(() => 1)];
      const mask = randomMask(shape, 1 - rate, this.name, args);
      return tf.mul(x, scaleByKeep ? tf.div(mask, 1 - rate) : mask);
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return inputShape as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(StochasticDepth);

/**
 * Makes a layer that drops the branch of random samples while training (Huang et al. 2016): a {@link StochasticDepth} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { skipGain, stochasticDepth } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const shortcut = tf.input({ shape: [64] });
 * const branch = tf.layers.dense({ units: 64, activation: 'relu' }).apply(shortcut) as tf.SymbolicTensor;
 * const dropped = stochasticDepth({ name: 'block3/drop', rate: 0.25 }).apply(branch) as tf.SymbolicTensor;
 * const output = skipGain().apply([dropped, shortcut]);
 * ```
 */
export function stochasticDepth(args: StochasticDepthArgs): StochasticDepth {
  return new StochasticDepth(args);
}

function checkArgs(args: unknown): StochasticDepthArgs {
  checkOptions<StochasticDepthArgs>('stochasticDepth', args, RULES, { required: ['rate'] });
  return args;
}
