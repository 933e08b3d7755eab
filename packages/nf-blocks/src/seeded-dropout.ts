import { checkOptions, LAYER_ARGS, type OptionRules } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { aRate, type LayerArgs } from './layer-args.js';
import { type CallArgs, randomMask } from './random-mask.js';

/** Options of {@link seededDropout}, beside what every layer takes. */
export interface SeededDropoutArgs extends LayerArgs {
  /** Probability that an element is set to zero, in [0, 1). */
  readonly rate: number;
}

const RULES: OptionRules<SeededDropoutArgs> = { rate: aRate, ...LAYER_ARGS };

/**
 * Dropout whose mask is a function of the call's seed: elements are zeroed with probability `rate` and the others
 * divided by `1 - rate`, while training only.
 *
 * tf's own dropout draws the same mask at every step when it is seeded. Here the mask depends on the `seed` of
 * `model.apply(x, { training: true, seed })` and the layer's name; without a seed it is unseeded.
 */
export class SeededDropout extends tfl.layers.Layer {
  static readonly className = 'SeededDropout';
  private readonly settings: { readonly rate: number };

  constructor(args: SeededDropoutArgs) {
    super(checkArgs(args));
    const { rate } = args;
    this.settings = { rate };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], args: CallArgs): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const { rate } = this.settings;
    if (!args.training || rate === 0) return tf.clone(x);
    return tf.tidy(() => tf.mul(x, tf.div(randomMask(x.shape, 1 - rate, this.name, args), 1 - rate)));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return inputShape as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(SeededDropout);

/**
 * Makes dropout (Srivastava et al. 2014) whose mask follows the seed of the call: a {@link SeededDropout} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { seededDropout } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const dropout = seededDropout({ name: 'dropout', rate: 0.5, inputShape: [64] });
 * const model = tf.sequential({ layers: [dropout] });
 * const call = { training: true, seed: 7 }; // the same mask every time
 * const dropped = model.apply(tf.ones([2, 64]), call);
 * ```
 */
export function seededDropout(args: SeededDropoutArgs): SeededDropout {
  return new SeededDropout(args);
}

function checkArgs(args: unknown): SeededDropoutArgs {
  checkOptions<SeededDropoutArgs>('seededDropout', args, RULES, { required: ['rate'] });
  return args;
}
