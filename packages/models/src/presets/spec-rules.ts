import { GAMMA } from '@nfnets/nf-blocks';
import { aBoolean, integerFrom, type OptionRules, oneOf, positive, type Rule, rule } from '@nfnets/options';
import type { EfficientNetSpec } from './efficientnet-specs.js';
import type { NFNetSpec } from './nfnet-spec.js';
import type { Family } from './presets.js';
import type { ResNetSpec } from './resnet-specs.js';

const count = integerFrom(1);

/** Of dropping, in [0, 1). */
export const aRate: Rule = {
  text: 'in [0, 1)',
  holds: (value) => typeof value === 'number' && value >= 0 && value < 1,
  type: 'number',
};

/** Of an input. */
export const anInputShape = rule(
  '[height, width, channels] of whole numbers from 1 (height and width may be null)',
  (value) =>
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((size, axis) => (size === null && axis < 2) || count.holds(size)),
);

export const anActivation = oneOf(Object.keys(GAMMA));

const listOf = (text: string, each: Rule) =>
  rule(`a list of ${text}`, (value) => Array.isArray(value) && value.every(each.holds));
const orNull = (each: Rule): Rule => rule(`${each.text}, or null`, (value) => value === null || each.holds(value));

const stages = {
  widths: listOf('whole numbers from 1, one for each stage', count),
  depths: listOf('whole numbers from 1, one for each stage', count),
  strides: listOf('1 and 2, one for each stage', oneOf([1, 2])),
};

const images = {
  dropRate: aRate,
  stochasticDepthRate: aRate,
  inputShape: anInputShape,
  trainSize: count,
  testSize: count,
};

/** Of a stem's convolution. */
export const STEM_CONV_RULES: OptionRules<NFNetSpec['stem'][number]> = {
  channels: count,
  stride: count,
  kernelSize: count,
};

/** Of a ResNet's stem. */
export const RESNET_STEM_RULES: OptionRules<ResNetSpec['stem']> = {
  channels: count,
  kernelSize: count,
  pool: aBoolean,
};

const NFNET_RULES: OptionRules<NFNetSpec> = {
  family: oneOf(['nfnet', 'nf_resnet', 'nf_regnet']),
  stem: rule('a list of { channels, stride }', Array.isArray),
  stemPool: aBoolean,
  ...stages,
  groupWidth: orNull(count),
  expansion: positive,
  expansionOf: oneOf(['output', 'input']),
  channelMultiple: { ...oneOf([8, null]), text: '8 or null' },
  spatialConvs: { ...oneOf([1, 2]), text: '1 or 2' },
  attention: oneOf(['squeezeExcite', 'efficientChannel', 'none']),
  attentionAt: oneOf(['end', 'middle']),
  squeezeExciteRatio: positive,
  shortcutPooling: oneOf(['average', 'none']),
  skipGain: aBoolean,
  finalChannels: orNull(count),
  classifierDeviation: rule('a finite number >= 0', (value) => Number.isFinite(value) && (value as number) >= 0),
  activation: anActivation,
  alpha: rule('a finite number that is not 0', (value) => Number.isFinite(value) && value !== 0),
  stochasticDepthForm: oneOf(['authors', 'timm']),
  gammaIn: oneOf(['activation', 'convolution']),
  padding: oneOf(['same', 'symmetric']),
  eps: positive,
  epsRule: oneOf(['floor', 'added']),
  ...images,
};

const RESNET_RULES: OptionRules<ResNetSpec> = {
  family: oneOf(['resnet']),
  stem: rule('{ channels, kernelSize, pool }', (value) => typeof value === 'object' && value !== null),
  ...stages,
  widths: listOf(
    'multiples of 4, one for each stage',
    rule('', (value) => count.holds(value) && (value as number) % 4 === 0),
  ),
  ...images,
};

const EFFICIENTNET_RULES: OptionRules<EfficientNetSpec> = {
  family: oneOf(['efficientnet']),
  widthFactor: positive,
  depthFactor: positive,
  ...images,
};

/** What each field of a spec must be, by its family. */
export const SPEC_RULES: Readonly<Record<Family, OptionRules<object>>> = {
  nfnet: NFNET_RULES,
  nf_resnet: NFNET_RULES,
  nf_regnet: NFNET_RULES,
  resnet: RESNET_RULES,
  efficientnet: EFFICIENTNET_RULES,
};
