import { type ActivationName, deriveSeed, GAMMA, gammaActivation, nfBlock, seededDropout } from '@nfnets/nf-blocks';
import { scaledWSConv2d } from '@nfnets/ws-conv';
import * as tfl from '@tensorflow/tfjs-layers';
import { closest, distance } from 'fastest-levenshtein';
import { NFNET, type NFNetName, type NFNetSpec } from './nfnet-specs.js';
import { planBlocks } from './plan-blocks.js';
import { blockName } from './plan-weights.js';

export interface CreateModelOptions {
  /** Number of outputs. */
  readonly numClasses: number;
  /** `[height, width, channels]` of an input; null for any size. Default: the preset's. */
  readonly inputShape?: readonly [number | null, number | null, number];
  /** Default: the preset's. */
  readonly activation?: ActivationName;
  /** Dropout before the classifier, in [0, 1). Default: the preset's published rate. */
  readonly dropRate?: number;
  /** Stochastic depth, in [0, 1). Default: the preset's published rate. */
  readonly stochasticDepthRate?: number;
  /** Seed of the initial weights; they differ from run to run without one. */
  readonly seed?: number;
}

/**
 * Makes an NFNet with fresh weights: images `[batch, height, width, channels]` to logits `[batch, numClasses]`.
 *
 * Dropout and stochastic depth act under `model.apply(x, { training: true, seed })` and `model.fit`. The classifier's
 * weights are `linear/kernel` and `linear/bias`; exclude the former from adaptive gradient clipping.
 *
 * @param preset A name of `NFNET`, or a spec of your own.
 * @throws RangeError when the name is unknown or an option is out of its range.
 *
 * Source: Brock et al. 2021 and the authors' `nfnet.py`.
 */
export function createModel(preset: NFNetName | NFNetSpec, options: CreateModelOptions): tfl.LayersModel {
  const spec = resolveSpec(preset, options);
  const { numClasses, seed } = options;
  assertNumClasses(numClasses);
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new RangeError(`createModel: \`seed\` must be a whole number, got ${seed}.`);
  }
  const blocks = planBlocks(spec);
  const seedOf = (layer: string) => (seed === undefined ? {} : { seed: deriveSeed(seed, layer) });
  const then = (layer: tfl.layers.Layer, input: tfl.SymbolicTensor) => layer.apply(input) as tfl.SymbolicTensor;
  const act = (name: string, input: tfl.SymbolicTensor) =>
    then(gammaActivation({ name, activation: spec.activation }), input);
  const conv = (name: string, input: tfl.SymbolicTensor, filters: number, kernelSize: number, strides: number) =>
    then(scaledWSConv2d({ name, filters, kernelSize, strides, ...seedOf(name) }), input);

  const input = tfl.input({ shape: [...spec.inputShape] });
  let x = input;
  for (const [i, { channels, stride }] of spec.stem.entries()) {
    if (i > 0) x = act(`stem_act${i - 1}`, x);
    x = conv(`stem_conv${i}`, x, channels, 3, stride);
  }
  for (const { index, outChannels, midChannels, groups, stride, beta, dropRate } of blocks) {
    const name = blockName(index);
    const { alpha, activation, squeezeExciteRatio } = spec;
    const block = { outChannels, midChannels, groups, stride, beta, alpha, activation, squeezeExciteRatio, dropRate };
    x = nfBlock(x, { name, ...block, ...seedOf(name) });
  }
  x = act('final_act', conv('final_conv', x, spec.finalChannels, 1, 1));
  x = then(tfl.layers.globalAveragePooling2d({ name: 'pool' }), x);
  if (spec.dropRate > 0) x = then(seededDropout({ name: 'dropout', rate: spec.dropRate }), x);
  const kernelInitializer = tfl.initializers.randomNormal({ mean: 0, stddev: 0.01, ...seedOf('linear') });
  x = then(tfl.layers.dense({ name: 'linear', units: numClasses, kernelInitializer }), x);
  return tfl.model({ inputs: input, outputs: x });
}

function resolveSpec(preset: NFNetName | NFNetSpec, options: CreateModelOptions): NFNetSpec {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `createModel: \`options\` must be an object with at least \`numClasses\`, got ${JSON.stringify(options)}. For example createModel('nfnet_f0', { numClasses: 1000 }).`,
    );
  }
  const { inputShape, activation, dropRate, stochasticDepthRate } = options;
  if (inputShape !== undefined) assertInputShape(inputShape);
  for (const [option, value] of Object.entries({ dropRate, stochasticDepthRate })) {
    if (value !== undefined && !(value >= 0 && value < 1)) {
      throw new RangeError(`createModel: \`${option}\` must be in [0, 1), got ${value}.`);
    }
  }
  if (activation !== undefined && !Object.hasOwn(GAMMA, activation)) {
    throw new RangeError(
      `createModel: \`activation\` must be one of ${Object.keys(GAMMA).join(', ')}, got "${activation}".`,
    );
  }
  const overrides = { inputShape, activation, dropRate, stochasticDepthRate };
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...(typeof preset === 'string' ? lookUp(preset) : preset), ...given };
}

function lookUp(name: string): NFNetSpec {
  if (Object.hasOwn(NFNET, name)) return NFNET[name as NFNetName];
  const names = Object.keys(NFNET);
  const near = closest(name.toLowerCase(), names);
  // Within a third of its letters a name is a slip of the pen; further away a guess would mislead.
  const hint = distance(name.toLowerCase(), near) <= near.length / 3 ? ` Did you mean "${near}"?` : '';
  throw new RangeError(`createModel: \`preset\` must be one of ${names.join(', ')}, got "${name}".${hint}`);
}

function assertInputShape(shape: readonly (number | null)[]): void {
  const isSize = (size: number | null) => Number.isInteger(size) && size! >= 1;
  const [height, width, channels] = Array.isArray(shape) ? shape : [];
  if (shape.length === 3 && [height, width].every((size) => size === null || isSize(size)) && isSize(channels)) return;
  throw new RangeError(
    `createModel: \`inputShape\` must be [height, width, channels] of whole numbers from 1 (height and width may be null), got ${JSON.stringify(shape)}.`,
  );
}

function assertNumClasses(numClasses: number): void {
  if (!(Number.isInteger(numClasses) && numClasses >= 1)) {
    throw new RangeError(`createModel: \`numClasses\` must be a whole number from 1, got ${numClasses}.`);
  }
}
