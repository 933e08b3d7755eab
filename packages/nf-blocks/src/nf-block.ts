import { aBoolean, aText, checkOptions, integerFrom, type OptionRules, oneOf, show } from '@nfnets/options';
import { type EpsRule, scaledWSConv2d } from '@nfnets/ws-conv';
import type * as tfl from '@tensorflow/tfjs-layers';
import { deriveSeed } from './derive-seed.js';
import { efficientChannelAttention } from './efficient-channel-attention.js';
import { type ActivationName, GAMMA } from './gamma.js';
import { gammaActivation } from './gamma-activation.js';
import { HalvingAveragePool } from './halving-average-pool.js';
import { aNonZeroFactor, aRate, aSeed, aShare } from './layer-args.js';
import { assertActivationName } from './scaled-activation.js';
import { scaledSum } from './scaled-sum.js';
import { skipGain } from './skip-gain.js';
import { squeezeExcite } from './squeeze-excite.js';
import { stochasticDepth } from './stochastic-depth.js';

/** How the convolutions of a network are computed where the authors' code and timm differ. */
export interface NFConventions {
  /** Where the activation's gamma is: in the activations, or in every convolution. Default `'activation'`. */
  readonly gammaIn?: 'activation' | 'convolution';
  /** How convolutions pad, as `scaledWSConv2d` does. Default `'same'`. */
  readonly padding?: 'same' | 'symmetric';
  /** What keeps the standardization of a constant kernel finite. Default 1e-4. */
  readonly eps?: number;
  /** Whether `eps` is a floor or added to the variance. Default `'floor'`. */
  readonly epsRule?: EpsRule;
}

/** Options of {@link nfBlock}. */
export interface NFBlockArgs extends NFConventions {
  /** Prefix of the layers' names: `<name>/conv0`, `<name>/squeeze_excite` and so on. */
  readonly name: string;
  /** Channels of the output. */
  readonly outChannels: number;
  /** Channels between the first and the last convolution. */
  readonly midChannels: number;
  /** Groups of the 3 x 3 convolutions; `midChannels` must divide by it. Default 1. */
  readonly groups?: number;
  /** Stride of the first 3 x 3 convolution: 1 or 2. Default 1. */
  readonly stride?: 1 | 2;
  /** How many 3 x 3 convolutions. Default 2. */
  readonly spatialConvs?: 1 | 2;
  /** Factor after the first activation: 1 / the expected deviation of the block's input. Default 1. */
  readonly beta?: number;
  /** Factor of the residual branch. Default 0.2. */
  readonly alpha?: number;
  /** Name of the activation, of {@link GAMMA}. Default `'gelu'`. */
  readonly activation?: ActivationName;
  /** What weighs the channels of the branch. Default `'squeezeExcite'`. */
  readonly attention?: 'squeezeExcite' | 'efficientChannel' | 'none';
  /** Behind the last convolution, or behind the 3 x 3 ones on `midChannels`. Default `'end'`. */
  readonly attentionAt?: 'end' | 'middle';
  /** Hidden channels of squeeze-excite as a share of its input's. Default 0.5. */
  readonly squeezeExciteRatio?: number;
  /** Hidden channels of squeeze-excite, where they are not that share. Default that share. */
  readonly squeezeExciteChannels?: number;
  /** Before a shortcut that halves the image is convolved: its average, or every second pixel. Default `'average'`. */
  readonly shortcutPooling?: 'average' | 'none';
  /** Whether the branch has a trainable gain from zero; else the gain of its last convolution is. Default true. */
  readonly skipGain?: boolean;
  /** Probability that a sample skips the residual branch while training. Default 0: no such layer. */
  readonly dropRate?: number;
  /** Whether branches that stay are divided by `1 - dropRate`. Default false. */
  readonly scaleByKeep?: boolean;
  /** Seed of the initial weights. Default none: they differ from run to run. */
  readonly seed?: number;
}

const CONVENTION_RULES: OptionRules<NFConventions> = {
  gammaIn: oneOf(['activation', 'convolution']),
  padding: oneOf(['same', 'symmetric']),
  eps: aShare,
  epsRule: oneOf(['floor', 'added']),
};

const RULES: OptionRules<NFBlockArgs> = {
  name: aText,
  outChannels: integerFrom(1),
  midChannels: integerFrom(1),
  groups: integerFrom(1),
  stride: { ...oneOf([1, 2]), text: '1 or 2' },
  spatialConvs: { ...oneOf([1, 2]), text: '1 or 2' },
  beta: aShare,
  alpha: aNonZeroFactor,
  activation: oneOf(Object.keys(GAMMA)),
  attention: oneOf(['squeezeExcite', 'efficientChannel', 'none']),
  attentionAt: oneOf(['end', 'middle']),
  squeezeExciteRatio: aShare,
  squeezeExciteChannels: integerFrom(1),
  shortcutPooling: oneOf(['average', 'none']),
  skipGain: aBoolean,
  dropRate: aRate,
  scaleByKeep: aBoolean,
  seed: aSeed,
  ...CONVENTION_RULES,
};

/**
 * Adds the residual block of normalizer-free networks to a model under construction.
 *
 * `alpha * gain * branch + shortcut`, where the branch is a pre-activation bottleneck of scaled weight-standardized
 * convolutions (1x1, 3x3, 3x3, 1x1) and an attention over its channels, and the shortcut is the input, projected where
 * stride or channels change. The defaults are the block of NFNets.
 *
 * Source: Brock et al. 2021, section 4 and figure 5; the authors' `NFBlock`, `NFResBlock`; timm's `NormFreeBlock`.
 *
 * @param x `[batch, height, width, inChannels]`
 * @returns `[batch, ceil(height / stride), ceil(width / stride), outChannels]`
 * @throws TypeError when `x` is no symbolic tensor; RangeError when an option is unknown or out of its range.
 * @example
 * ```ts
 * import { nfBlock } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const input = tf.input({ shape: [56, 56, 256] });
 * const widths = { outChannels: 512, midChannels: 256, groups: 2 };
 * const halved = nfBlock(input, { name: 'block0', ...widths, stride: 2, beta: 1 / Math.sqrt(1.04) }); // [null, 28, 28, 512]
 * ```
 */
export function nfBlock(x: tfl.SymbolicTensor, args: NFBlockArgs): tfl.SymbolicTensor {
  // Not by its class: a page may have two copies of tfjs-layers.
  if (x?.sourceLayer === undefined) {
    throw new TypeError(
      `nfBlock: \`x\` must be a symbolic tensor [batch, height, width, channels], such as tf.input({ shape: [32, 32, 8] }), got ${show(x)}.`,
    );
  }
  checkOptions<NFBlockArgs>('nfBlock', args, RULES, { required: ['name', 'outChannels', 'midChannels'] });
  const { name, outChannels, midChannels, groups = 1, stride = 1, beta = 1, alpha = 0.2 } = args;
  const { activation = 'gelu', spatialConvs = 2, shortcutPooling = 'average', dropRate = 0, seed } = args;
  if (midChannels % groups !== 0) {
    throw new RangeError(`nfBlock: \`midChannels\` (${midChannels}) must be divisible by \`groups\` (${groups}).`);
  }

  const { skipGain: hasGain = true, scaleByKeep = false, attentionAt = 'end' } = args;
  const conventions = resolveConventions(activation, args);
  const seedOf = (layer: string) => (seed === undefined ? {} : { seed: deriveSeed(seed, `${name}/${layer}`) });
  const then = (layer: tfl.layers.Layer, input: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(input) as tfl.SymbolicTensor;
  const act = (label: string, input: tfl.SymbolicTensor, scale = 1) =>
    then(gammaActivation({ name: `${name}/${label}`, scale, ...conventions.activation }), input);
  const conv = (label: string, input: tfl.SymbolicTensor, filters: number, options: object = {}) => {
    const args = { filters, kernelSize: 1, ...conventions.conv, ...options, ...seedOf(label) };
    return then(scaledWSConv2d({ name: `${name}/${label}`, ...args }), input);
  };
  const attend = (place: 'end' | 'middle', input: tfl.SymbolicTensor) =>
    place === attentionAt ? addAttention(input, args, seedOf) : input;

  const preActivation = act('act', x, beta);

  let shortcut = x;
  if (stride === 2 && shortcutPooling === 'average') {
    const pooled = then(new HalvingAveragePool({ name: `${name}/shortcut_pool` }), preActivation);
    shortcut = conv('conv_shortcut', pooled, outChannels);
  } else if (stride === 2 || x.shape[3] !== outChannels) {
    shortcut = conv('conv_shortcut', preActivation, outChannels, { strides: stride });
  }

  let branch = conv('conv0', preActivation, midChannels);
  branch = conv('conv1', act('act0', branch), midChannels, { kernelSize: 3, strides: stride, groups });
  if (spatialConvs === 2) branch = conv('conv1b', act('act1', branch), midChannels, { kernelSize: 3, groups });
  branch = attend('middle', branch);
  const last = spatialConvs === 2 ? 'act1b' : 'act1';
  branch = conv('conv2', act(last, branch), outChannels, { gainInit: hasGain ? 1 : 0 });
  branch = attend('end', branch);
  if (dropRate > 0) {
    branch = then(stochasticDepth({ name: `${name}/stochastic_depth`, rate: dropRate, scaleByKeep }), branch);
  }
  const end = hasGain ? skipGain({ name: `${name}/skip_gain`, alpha }) : scaledSum({ name: `${name}/sum`, alpha });
  return then(end, [branch, shortcut]);
}

function addAttention(
  x: tfl.SymbolicTensor,
  { name, attention = 'squeezeExcite', squeezeExciteRatio = 0.5, squeezeExciteChannels }: NFBlockArgs,
  seedOf: (layer: string) => { readonly seed?: number },
): tfl.SymbolicTensor {
  if (attention === 'none') return x;
  // A gain of 2: the sigmoid starts near one half.
  const gain = 2;
  if (attention === 'efficientChannel') {
    const label = 'channel_attention';
    return efficientChannelAttention({ name: `${name}/${label}`, gain, ...seedOf(label) }).apply(
      x,
    ) as tfl.SymbolicTensor;
  }
  const channels = squeezeExciteChannels === undefined ? {} : { hiddenChannels: squeezeExciteChannels };
  const ratio = squeezeExciteRatio;
  const layer = squeezeExcite({
    name: `${name}/squeeze_excite`,
    ratio,
    ...channels,
    gain,
    ...seedOf('squeeze_excite'),
  });
  return layer.apply(x) as tfl.SymbolicTensor;
}

/**
 * Makes the options of {@link gammaActivation} and `scaledWSConv2d` that follow from the conventions, for networks made by hand.
 *
 * @param activation Name of the activation, whose gamma is put where `gammaIn` says.
 * @param options The conventions. Default the authors'.
 * @throws TypeError or RangeError for an option or a name that is unknown.
 * @example
 * ```ts
 * import { conventionsOf, gammaActivation } from '@nfnets/nf-blocks';
 * import { scaledWSConv2d } from '@nfnets/ws-conv';
 *
 * const { activation, conv } = conventionsOf('silu', { gammaIn: 'convolution', padding: 'symmetric' });
 * const layers = [scaledWSConv2d({ filters: 32, kernelSize: 3, ...conv }), gammaActivation(activation)];
 * ```
 */
export function conventionsOf(activation: ActivationName, options: NFConventions = {}) {
  assertActivationName('conventionsOf', activation);
  checkOptions<NFConventions>('conventionsOf', options, CONVENTION_RULES);
  return resolveConventions(activation, options);
}

function resolveConventions(
  activation: ActivationName,
  { gammaIn = 'activation', padding = 'same', eps = 1e-4, epsRule = 'floor' }: NFConventions,
) {
  const conv = { padding, eps, epsRule };
  return gammaIn === 'activation'
    ? { activation: { activation }, conv }
    : { activation: { activation, gamma: 1 }, conv: { ...conv, gamma: GAMMA[activation] } };
}
