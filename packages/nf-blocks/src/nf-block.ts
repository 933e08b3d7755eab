import { scaledWSConv2d } from '@nfnets/ws-conv';
import type * as tfl from '@tensorflow/tfjs-layers';
import { deriveSeed } from './derive-seed.js';
import type { ActivationName } from './gamma.js';
import { gammaActivation } from './gamma-activation.js';
import { HalvingAveragePool } from './halving-average-pool.js';
import { skipGain } from './skip-gain.js';
import { squeezeExcite } from './squeeze-excite.js';
import { stochasticDepth } from './stochastic-depth.js';

export interface NFBlockArgs {
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
  /** Factor after the first activation: 1 / the expected deviation of the block's input. Default 1. */
  readonly beta?: number;
  /** Factor of the residual branch. Default 0.2. */
  readonly alpha?: number;
  /** Default `'gelu'`. */
  readonly activation?: ActivationName;
  /** Hidden channels of squeeze-excite as a share of `outChannels`. Default 0.5. */
  readonly squeezeExciteRatio?: number;
  /** Probability that a sample skips the residual branch while training. Default 0: no such layer. */
  readonly dropRate?: number;
  /** Seed of the initial weights. */
  readonly seed?: number;
}

/**
 * Adds the residual block of NFNets to a model under construction.
 *
 * `alpha * gain * branch + shortcut`, where the branch is a pre-activation bottleneck of four scaled weight-standardized
 * convolutions (1x1, 3x3, 3x3, 1x1) and squeeze-excite, and the shortcut is the input, projected where stride or
 * channels change.
 *
 * @param x `[batch, height, width, inChannels]`
 * @returns `[batch, ceil(height / stride), ceil(width / stride), outChannels]`
 *
 * Source: Brock et al. 2021, section 4 and figure 5; the authors' `NFBlock`.
 */
export function nfBlock(x: tfl.SymbolicTensor, args: NFBlockArgs): tfl.SymbolicTensor {
  const { name, outChannels, midChannels, groups = 1, stride = 1, beta = 1, alpha = 0.2 } = args;
  const { activation = 'gelu', squeezeExciteRatio = 0.5, dropRate = 0, seed } = args;
  if (stride !== 1 && stride !== 2) throw new RangeError(`nfBlock: \`stride\` must be 1 or 2, got ${stride}.`);
  if (midChannels % groups !== 0) {
    throw new RangeError(`nfBlock: \`midChannels\` (${midChannels}) must be divisible by \`groups\` (${groups}).`);
  }

  const seedOf = (layer: string) => (seed === undefined ? {} : { seed: deriveSeed(seed, `${name}/${layer}`) });
  const then = (layer: tfl.layers.Layer, input: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(input) as tfl.SymbolicTensor;
  const act = (label: string, input: tfl.SymbolicTensor, scale = 1) =>
    then(gammaActivation({ name: `${name}/${label}`, activation, scale }), input);
  const conv = (label: string, input: tfl.SymbolicTensor, filters: number, kernelSize = 1, strides = 1, groups = 1) =>
    then(scaledWSConv2d({ name: `${name}/${label}`, filters, kernelSize, strides, groups, ...seedOf(label) }), input);

  const preActivation = act('act', x, beta);

  let shortcut = x;
  if (stride === 2) {
    const pooled = then(new HalvingAveragePool({ name: `${name}/shortcut_pool` }), preActivation);
    shortcut = conv('conv_shortcut', pooled, outChannels);
  } else if (x.shape[3] !== outChannels) {
    shortcut = conv('conv_shortcut', preActivation, outChannels);
  }

  let branch = conv('conv0', preActivation, midChannels);
  branch = conv('conv1', act('act0', branch), midChannels, 3, stride, groups);
  branch = conv('conv1b', act('act1', branch), midChannels, 3, 1, groups);
  branch = conv('conv2', act('act1b', branch), outChannels);
  // A gain of 2: the sigmoid starts near one half.
  const excite = squeezeExcite({
    name: `${name}/squeeze_excite`,
    ratio: squeezeExciteRatio,
    gain: 2,
    ...seedOf('squeeze_excite'),
  });
  branch = then(excite, branch);
  if (dropRate > 0) branch = then(stochasticDepth({ name: `${name}/stochastic_depth`, rate: dropRate }), branch);
  return then(skipGain({ name: `${name}/skip_gain`, alpha }), [branch, shortcut]);
}
