import { checkOptions, LAYER_ARGS, type OptionRules } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { aNonZeroFactor, type LayerArgs } from './layer-args.js';

/** Options of {@link scaledSum}, beside what every layer takes. */
export interface ScaledSumArgs extends LayerArgs {
  /** Factor of the residual branch. Default 0.2. */
  readonly alpha?: number;
}

const RULES: OptionRules<ScaledSumArgs> = { alpha: aNonZeroFactor, ...LAYER_ARGS };

/**
 * Ends a residual block without a gain of its own: `alpha * branch + shortcut`, called on `[branch, shortcut]` of one shape.
 *
 * Such a block starts as its shortcut where the gain of its last convolution starts at zero. Source: timm's `NormFreeBlock`.
 */
export class ScaledSum extends tfl.layers.Layer {
  static readonly className = 'ScaledSum';
  private readonly settings: { readonly alpha: number };

  constructor(args: ScaledSumArgs = {}) {
    super(checkArgs(args));
    const { alpha = 0.2 } = args;
    this.settings = { alpha };
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    if (!(Array.isArray(inputShape[0]) && inputShape.length === 2)) {
      throw new RangeError(`scaledSum: must be applied to [branch, shortcut], got input of shape [${inputShape}].`);
    }
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [branch, shortcut] = inputs as [tf.Tensor, tf.Tensor];
    return tf.tidy(() => addScaled(branch, shortcut, this.settings.alpha));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return (inputShape as tfl.Shape[])[0]!;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(ScaledSum);

/**
 * Makes the end of a residual block without a gain: `alpha * branch + shortcut`, a {@link ScaledSum} layer.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; RangeError when it is applied to another than two inputs.
 * @example
 * ```ts
 * import { scaledSum } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const shortcut = tf.input({ shape: [14, 14, 64] });
 * const branch = tf.layers.conv2d({ filters: 64, kernelSize: 3, padding: 'same' }).apply(shortcut) as tf.SymbolicTensor;
 * const output = scaledSum({ alpha: 0.2 }).apply([branch, shortcut]) as tf.SymbolicTensor;
 * ```
 */
export function scaledSum(args: ScaledSumArgs = {}): ScaledSum {
  return new ScaledSum(args);
}

function checkArgs(args: unknown): ScaledSumArgs {
  checkOptions<ScaledSumArgs>('scaledSum', args, RULES);
  return args;
}

/** `alpha * branch + shortcut`, keeping nothing for the gradient. */
function addScaled(branch: tf.Tensor, shortcut: tf.Tensor, alpha: number): tf.Tensor {
  const op = tf.customGrad((...inputs) => {
    const [branch, shortcut] = inputs as [tf.Tensor, tf.Tensor];
    return {
      value: tf.add(tf.mul(branch, alpha), shortcut),
      gradFunc: (dy: tf.Tensor) => [tf.mul(dy, alpha), dy],
    };
  });
  return op(branch, shortcut);
}
