import { aBoolean, integerFrom, LAYER_ARGS, type OptionRules, oneOf, positive, rule } from '@nfnets/options';
import type * as tfl from '@tensorflow/tfjs-layers';
import { PADDINGS, type Padding } from './grouped-conv-2d.js';
import { EPS_RULES, type EpsRule } from './scaled-standardize.js';

type LayerArgs = NonNullable<ConstructorParameters<typeof tfl.layers.Layer>[0]>;

/** Options of {@link scaledWSConv2d}, beside `name`, `trainable`, `inputShape` and what else every layer takes. */
export interface ScaledWSConv2DArgs extends LayerArgs {
  /** Number of output channels. */
  readonly filters: number;
  /** Side of the square kernel. */
  readonly kernelSize: number;
  /** Step of the window in both directions. Default 1. */
  readonly strides?: number;
  /** How the edges are padded. Default `'same'`. */
  readonly padding?: Padding;
  /** Number of channel groups; input channels and `filters` must both divide by it. Default 1. */
  readonly groups?: number;
  /** Keeps the standardization of a constant kernel finite. Default 1e-4. */
  readonly eps?: number;
  /** Whether `eps` is a floor under `variance * fanIn` or added to the variance. Default `'floor'`. */
  readonly epsRule?: EpsRule;
  /** Fixed factor of the kernel: the activation's gamma, where the activations themselves have none. Default 1. */
  readonly gamma?: number;
  /** Initial value of the gain. Default 1. */
  readonly gainInit?: 0 | 1;
  /** Whether a bias is added, from zero. Default true, as in the released networks. */
  readonly useBias?: boolean;
  /** Seed of the kernel's initial values. Default none: they differ from run to run. */
  readonly seed?: number;
}

const above = { ...positive, text: 'greater than 0' };

export const ARGS_RULES: OptionRules<ScaledWSConv2DArgs> = {
  filters: integerFrom(1),
  kernelSize: integerFrom(1),
  strides: integerFrom(1),
  padding: oneOf(PADDINGS),
  groups: integerFrom(1),
  eps: above,
  epsRule: oneOf(EPS_RULES),
  gamma: above,
  gainInit: oneOf([0, 1]),
  useBias: aBoolean,
  seed: rule('a whole number', Number.isSafeInteger, 'number'),
  ...LAYER_ARGS,
};

const ONLY_NORMAL =
  'Kernels start from N(0, 1 / fanIn), which scaled weight standardization is made for; `seed` makes them repeat.';
const NO_PENALTY = 'Let the optimizer decay the weights instead.';
const NO_CONSTRAINT = 'The standardization is a constraint already.';

/** What to do instead of options of `tf.layers.conv2d` that this layer does not have. */
export const INSTEAD = {
  activation:
    'Put a layer behind it: gammaActivation of @nfnets/nf-blocks, which keeps the variance, or tf.layers.activation.',
  dilationRate: 'TensorFlow.js has no gradient of a dilated convolution. A larger `kernelSize` sees as far.',
  dataFormat: "Images are [batch, height, width, channels], 'channelsLast'.",
  kernelInitializer: ONLY_NORMAL,
  biasInitializer: 'Biases start from zero.',
  kernelRegularizer: NO_PENALTY,
  biasRegularizer: NO_PENALTY,
  activityRegularizer: NO_PENALTY,
  kernelConstraint: NO_CONSTRAINT,
  biasConstraint: NO_CONSTRAINT,
};
