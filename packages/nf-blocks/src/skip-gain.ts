import { checkOptions, LAYER_ARGS, type OptionRules } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { aNonZeroFactor, type LayerArgs } from './layer-args.js';

/** Options of {@link skipGain}, beside what every layer takes. */
export interface SkipGainArgs extends LayerArgs {
  /** Fixed factor of the residual branch. Default 0.2. */
  readonly alpha?: number;
}

const RULES: OptionRules<SkipGainArgs> = { alpha: aNonZeroFactor, ...LAYER_ARGS };

/**
 * Ends a residual block: `alpha * gain * branch + shortcut`, called on `[branch, shortcut]` of one shape.
 *
 * `gain` is a trainable scalar that starts at zero (SkipInit), so that every block starts as its shortcut.
 * Source: De & Smith 2020; Brock et al. 2021, section 2.
 */
export class SkipGain extends tfl.layers.Layer {
  static readonly className = 'SkipGain';
  private readonly settings: { readonly alpha: number };
  private gain!: tfl.LayerVariable;

  constructor(args: SkipGainArgs = {}) {
    super(checkArgs(args));
    const { alpha = 0.2 } = args;
    this.settings = { alpha };
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    if (!(Array.isArray(inputShape[0]) && inputShape.length === 2)) {
      throw new RangeError(`skipGain: must be applied to [branch, shortcut], got input of shape [${inputShape}].`);
    }
    this.gain = this.addWeight('gain', [], 'float32', tfl.initializers.zeros());
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [branch, shortcut] = inputs as [tf.Tensor, tf.Tensor];
    return tf.tidy(() => addScaledBranch(branch, shortcut, this.gain.read() as tf.Scalar, this.settings.alpha));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return (inputShape as tfl.Shape[])[0]!;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(SkipGain);

/**
 * Makes the end of a residual block that starts as its shortcut (SkipInit, De & Smith 2020): a {@link SkipGain} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; RangeError when it is applied to another than two inputs.
 * @example
 * ```ts
 * import { skipGain } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const shortcut = tf.input({ shape: [64] });
 * const branch = tf.layers.dense({ units: 64, activation: 'relu' }).apply(shortcut) as tf.SymbolicTensor;
 * const model = tf.model({ inputs: shortcut, outputs: skipGain().apply([branch, shortcut]) as tf.SymbolicTensor });
 * ```
 */
export function skipGain(args: SkipGainArgs = {}): SkipGain {
  return new SkipGain(args);
}

function checkArgs(args: unknown): SkipGainArgs {
  checkOptions<SkipGainArgs>('skipGain', args, RULES);
  return args;
}

/** `alpha * gain * branch + shortcut`, keeping the branch alone for the gradient. */
function addScaledBranch(branch: tf.Tensor, shortcut: tf.Tensor, gain: tf.Scalar, alpha: number): tf.Tensor {
  const op = tf.customGrad((...inputs) => {
    const [branch, shortcut, gain, save] = inputs as unknown as [
      tf.Tensor,
      tf.Tensor,
      tf.Scalar,
      (tensors: tf.Tensor[]) => void,
    ];
    const factor = tf.mul(gain, alpha);
    save([branch, factor]);
    return {
      value: tf.add(tf.mul(branch, factor), shortcut),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [branch, factor] = saved as [tf.Tensor, tf.Tensor];
        return [tf.mul(dy, factor), dy, tf.mul(innerProduct(dy, branch), alpha)];
      },
    };
  });
  return op(branch, shortcut, gain);
}

/** Sum of the products of all elements: a scalar, without a product tensor in between. */
function innerProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.matMul(tf.reshape(a, [1, a.size]), tf.reshape(b, [b.size, 1])), []);
}
