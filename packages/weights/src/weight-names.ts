import { type NFNetSpec, type PublishedWeight, planWeights, publishedWeights } from '@nfnets/models';
import { show } from '@nfnets/options';
import type * as tf from '@tensorflow/tfjs-core';
import { inputChannels, numClasses, PRESETS } from './assert-spec.js';

/** Whose names a file has: ours (`nf_block_1/conv1/kernel`), timm's state dict's, or the authors' Haiku modules'. */
export type Naming = 'ours' | 'timm' | 'haiku';

/** A weight of a `tf.LayersModel`. */
export interface ModelWeight {
  /** `<layer>/<weight>`, without the number that tfjs adds in a second model. */
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  /** Only float32 weights have names in files. */
  readonly dtype?: string;
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
}

/** What a `tf.LayersModel` is to this package. */
export interface WeightedModel {
  readonly weights: readonly ModelWeight[];
  /** What a spec is compared with as well, where they are there. */
  readonly layers?: readonly { readonly name: string; getConfig(): object }[];
}

/** What each weight of a model is called in a file, by its name in the model. */
export type WeightNames = ReadonlyMap<string, PublishedWeight>;

/** Prefix of the classifier's weights. */
export const HEAD = 'linear/';
/** The kernel that sees the image's channels. */
export const STEM_KERNEL = 'stem_conv0/kernel';

/**
 * Throws unless `model` is one, with float32 weights of names of their own that are still there.
 *
 * @param who Name of the function that was called, for the error.
 */
export function assertModel(who: string, model: WeightedModel): void {
  const weights: unknown = (model as Partial<WeightedModel> | null | undefined)?.weights;
  if (!Array.isArray(weights) || !weights.every((weight) => typeof weight?.originalName === 'string')) {
    throw new TypeError(`${who}: \`model\` must be a tf.LayersModel, such as createModel makes, got ${show(model)}.`);
  }
  const names = new Set<string>();
  for (const weight of weights as ModelWeight[]) {
    const { originalName: name, dtype = 'float32' } = weight;
    if (names.has(name)) throw new RangeError(`${who}: \`model\` must have names of their own, got "${name}" twice.`);
    if (dtype !== 'float32')
      throw new RangeError(`${who}: \`model\` must have float32 weights, got "${name}" of ${dtype}.`);
    names.add(name);
    try {
      weight.read();
    } catch (error) {
      throw new RangeError(`${who}: "${name}" of \`model\` cannot be read: ${(error as Error).message}`);
    }
  }
}

/**
 * What the weights of the model may be called in files of the given naming.
 *
 * @param spec What the model was made from, as {@link modelsSpec} gives it. Default: every preset with the same weights, but for
 * the channels of its images.
 * @returns One way, more where presets of the same weights differ in names, or none when there is no spec to tell them from.
 */
export function weightNames(model: WeightedModel, naming: Naming, spec: NFNetSpec | undefined): WeightNames[] {
  if (naming === 'ours') {
    const ours = model.weights.map(({ originalName: name, shape }): [string, PublishedWeight] => [
      name,
      { name, shape: shape as number[], layout: 'same' },
    ]);
    return [new Map(ours)];
  }
  const ways = (spec === undefined ? presetsOf(model) : [spec])
    .filter(({ attention }) => naming === 'timm' || attention !== 'efficientChannel')
    .map((known) => publishedWeights(known, naming, numClasses(model)));
  return [...new Map(ways.map((names) => [JSON.stringify([...names]), names])).values()];
}

/** The presets whose models have these weights, with the model's number of image channels. */
function presetsOf(model: WeightedModel): NFNetSpec[] {
  const rowOf = (name: string, shape: readonly (number | null)[]) => `${name} ${shape}`;
  const rows = model.weights.map(({ originalName, shape }) => rowOf(originalName, shape));
  const channels = inputChannels(model);
  if (channels === undefined) return [];
  const presets = Object.values(PRESETS).map((spec): NFNetSpec => {
    const [height, width] = spec.inputShape;
    return { ...spec, inputShape: [height, width, channels] };
  });
  return presets.filter((spec) => {
    const planned = planWeights(spec, numClasses(model));
    return planned.length === rows.length && planned.every(({ name, shape }, i) => rowOf(name, shape) === rows[i]);
  });
}
