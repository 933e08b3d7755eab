import { type ActivationName, GAMMA } from '@nfnets/nf-blocks';
import type * as tfl from '@tensorflow/tfjs-layers';
import { closest, distance } from 'fastest-levenshtein';
import { createEfficientNet } from './create-efficientnet.js';
import { createNFNet } from './create-nfnet.js';
import { createResNet } from './create-resnet.js';
import { type ModelName, type ModelSpec, PRESETS } from './presets.js';

export interface CreateModelOptions {
  /** Number of outputs. */
  readonly numClasses: number;
  /** `[height, width, channels]` of an input; null for any size. Default: the preset's. */
  readonly inputShape?: readonly [number | null, number | null, number];
  /** Of a normalizer-free network. Default: the preset's. */
  readonly activation?: ActivationName;
  /** Dropout before the classifier, in [0, 1). Default: the preset's published rate. */
  readonly dropRate?: number;
  /** Stochastic depth, in [0, 1). Default: the preset's published rate. */
  readonly stochasticDepthRate?: number;
  /** Seed of the initial weights; they differ from run to run without one. */
  readonly seed?: number;
}

/**
 * Makes a network with fresh weights: images `[batch, height, width, channels]` to logits `[batch, numClasses]`.
 *
 * Dropout and stochastic depth act under `model.apply(x, { training: true, seed })` and `model.fit`. The classifier's
 * weights are `linear/kernel` and `linear/bias`; exclude the former from adaptive gradient clipping.
 *
 * @param preset A name of `listModels()`, or a spec of your own.
 * @throws RangeError when the name is unknown or an option is out of its range.
 *
 * Source: Brock et al. 2021 and the authors' `nfnet.py`.
 */
export function createModel(preset: ModelName | ModelSpec, options: CreateModelOptions): tfl.LayersModel {
  const spec = resolveSpec(preset, options);
  const { numClasses, seed } = options;
  assertNumClasses(numClasses);
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new RangeError(`createModel: \`seed\` must be a whole number, got ${seed}.`);
  }
  if (spec.family === 'resnet') return createResNet(spec, numClasses, seed);
  if (spec.family === 'efficientnet') return createEfficientNet(spec, numClasses, seed);
  return createNFNet(spec, numClasses, seed);
}

function resolveSpec(preset: ModelName | ModelSpec, options: CreateModelOptions): ModelSpec {
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
  const spec = typeof preset === 'string' ? lookUp(preset) : preset;
  if (activation !== undefined && !('activation' in spec)) {
    throw new RangeError(
      `createModel: \`activation\` must be left out for a network with batch normalization, got "${activation}".`,
    );
  }
  const overrides = { inputShape, activation, dropRate, stochasticDepthRate };
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...spec, ...given };
}

function lookUp(name: string): ModelSpec {
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name as ModelName];
  const timms = `timm/${name.toLowerCase()}`;
  if (Object.hasOwn(PRESETS, timms)) throw unknownPreset(name, timms);
  const near = closest(name.toLowerCase(), Object.keys(PRESETS));
  // Within a third of its letters a name is a slip of the pen; further away a guess would mislead.
  throw unknownPreset(name, distance(name.toLowerCase(), near) <= near.length / 3 ? near : null);
}

function unknownPreset(name: string, meant: string | null): RangeError {
  const hint = meant === null ? '' : ` Did you mean "${meant}"?`;
  return new RangeError(`createModel: \`preset\` must be a name of listModels(), got "${name}".${hint}`);
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
