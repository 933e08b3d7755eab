import type { ActivationName } from '@nfnets/nf-blocks';
import { checkOptions, integerFrom, type OptionRules, rule, show } from '@nfnets/options';
import type * as tfl from '@tensorflow/tfjs-layers';
import { assertSpec } from '../presets/assert-spec.js';
import { type ModelName, type ModelSpec, PRESETS } from '../presets/presets.js';
import { anActivation, anInputShape, aRate } from '../presets/spec-rules.js';
import { unknownPreset } from '../presets/unknown-preset.js';
import { assertBackend, assertNoMore } from './assert-arguments.js';
import { createEfficientNet } from './create-efficientnet.js';
import { createNFNet } from './create-nfnet.js';
import { createResNet } from './create-resnet.js';

/** Options of {@link createModel}. */
export interface CreateModelOptions {
  /** Number of outputs. */
  readonly numClasses: number;
  /** `[height, width, channels]` of an input; null for any size. Default the preset's. */
  readonly inputShape?: readonly [number | null, number | null, number];
  /** Name of the activation, of a normalizer-free network. Default the preset's. */
  readonly activation?: ActivationName;
  /** Dropout before the classifier, in [0, 1). Default the preset's published rate. */
  readonly dropRate?: number;
  /** Stochastic depth, in [0, 1). Default the preset's published rate. */
  readonly stochasticDepthRate?: number;
  /** Seed of the initial weights. Default none: they differ from run to run. */
  readonly seed?: number;
}

const RULES: OptionRules<CreateModelOptions> = {
  numClasses: integerFrom(1),
  inputShape: anInputShape,
  activation: anActivation,
  dropRate: aRate,
  stochasticDepthRate: aRate,
  seed: rule('a whole number', Number.isSafeInteger, 'number'),
};

/** What to do instead of what timm's `create_model` and tf's applications take. */
const INSTEAD = {
  outputStride:
    'A network halves the image where its stages do; `features(model, stages)` gives the finer maps, at strides 4, 8, 16.',
  pretrained: 'loadWeights of @nfnets/weights reads published files into the model.',
  weights: 'loadWeights of @nfnets/weights reads published files into the model.',
  inChans: 'It is the last number of `inputShape`: [height, width, channels].',
  in_chans: 'It is the last number of `inputShape`: [height, width, channels].',
  includeTop: '`features(model)` gives the maps before the classifier.',
  featuresOnly: '`features(model)` gives the maps before the classifier.',
  classes: 'It is `numClasses`.',
  dropPathRate: 'It is `stochasticDepthRate`.',
  drop_path_rate: 'It is `stochasticDepthRate`.',
  trainSize: '`inputShape` is the size of the images.',
};

/**
 * Makes a network with fresh weights: images `[batch, height, width, channels]` to logits `[batch, numClasses]`.
 *
 * Dropout and stochastic depth act under `model.apply(x, { training: true, seed })` and `model.fit`. The classifier's
 * weights are `linear/kernel` and `linear/bias`; exclude the former from adaptive gradient clipping.
 *
 * @param preset A name of `listModels()`, or a spec of your own.
 * @throws RangeError when the name, or a field of the spec or the options, is unknown or out of its range; TypeError for one of another type;
 * Error when TensorFlow.js has no backend yet.
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { createModel, NFNET } from '@nfnets/models';
 *
 * const model = createModel('nfnet_f0', { numClasses: 10, inputShape: [96, 96, 3], seed: 0 });
 * const shallow = createModel({ ...NFNET.nfnet_f0, depths: [1, 1, 2, 1] }, { numClasses: 10 });
 * model.summary();
 * ```
 */
export function createModel(
  preset: ModelName | ModelSpec,
  options: CreateModelOptions,
  ...further: never[]
): tfl.LayersModel {
  const spec = resolveSpec(preset, options);
  assertNoMore('createModel', 'a preset and an object of options', further);
  assertBackend('createModel');
  const { numClasses, seed } = options;
  if (spec.family === 'resnet') return createResNet(spec, numClasses, seed);
  if (spec.family === 'efficientnet') return createEfficientNet(spec, numClasses, seed);
  return createNFNet(spec, numClasses, seed);
}

function resolveSpec(preset: ModelName | ModelSpec, options: CreateModelOptions): ModelSpec {
  const spec = typeof preset === 'string' ? lookUp(preset) : preset;
  if (typeof preset !== 'string') assertSpec('createModel', spec);
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `createModel: \`options\` must be an object with at least \`numClasses\`, got ${show(options)}. For example createModel('nfnet_f0', { numClasses: 1000 }).`,
    );
  }
  checkOptions<CreateModelOptions>('createModel', options, RULES, { required: ['numClasses'], instead: INSTEAD });
  const { inputShape, activation, dropRate, stochasticDepthRate } = options;
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
  throw unknownPreset('createModel: `preset` must be a name of listModels()', name, Object.keys(PRESETS));
}
