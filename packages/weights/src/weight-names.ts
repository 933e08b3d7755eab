import {
  NF_REGNET,
  NF_RESNET,
  NFNET,
  type NFNetSpec,
  type PublishedWeight,
  planWeights,
  publishedWeights,
  TIMM_NFNET,
} from '@nfnets/models';
import type * as tf from '@tensorflow/tfjs-core';

/** Whose names a file has: ours (`nf_block_1/conv1/kernel`), timm's state dict's, or the authors' Haiku modules'. */
export type Naming = 'ours' | 'timm' | 'haiku';

/** A weight of a `tf.LayersModel`. */
export interface ModelWeight {
  /** `<layer>/<weight>`, without the number that tfjs adds in a second model. */
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
}

/** What a `tf.LayersModel` is to this package. */
export interface WeightedModel {
  readonly weights: readonly ModelWeight[];
}

const PRESETS = { ...NFNET, ...NF_RESNET, ...NF_REGNET, ...TIMM_NFNET } as const satisfies Record<string, NFNetSpec>;

/** The name of a normalizer-free preset, or a spec. */
export type PresetOrSpec = keyof typeof PRESETS | NFNetSpec;

/** What each weight of a model is called in a file, by its name in the model. */
export type WeightNames = ReadonlyMap<string, PublishedWeight>;

/** Prefix of the classifier's weights. */
export const HEAD = 'linear/';

/**
 * What the weights of the model may be called in files of the given naming.
 *
 * @param spec What the model was made from. Default: every preset with the same weights.
 * @returns One way, more where presets of the same weights differ in names, or none when there is no spec to tell them from.
 */
export function weightNames(model: WeightedModel, naming: Naming, spec: PresetOrSpec | undefined): WeightNames[] {
  if (naming === 'ours') {
    const ours = model.weights.map(({ originalName: name, shape }): [string, PublishedWeight] => [
      name,
      { name, shape: shape as number[], layout: 'same' },
    ]);
    return [new Map(ours)];
  }
  const specs = spec === undefined ? presetsOf(model) : [typeof spec === 'string' ? PRESETS[spec] : spec];
  const ways = specs
    .filter(({ attention }) => naming === 'timm' || attention !== 'efficientChannel')
    .map((known) => publishedWeights(known, naming, numClasses(model)));
  return [...new Map(ways.map((names) => [JSON.stringify([...names]), names])).values()];
}

/** The presets whose models have these weights. */
function presetsOf(model: WeightedModel): NFNetSpec[] {
  const rowOf = (name: string, shape: readonly (number | null)[]) => `${name} ${shape}`;
  const rows = model.weights.map(({ originalName, shape }) => rowOf(originalName, shape));
  return Object.values(PRESETS).filter((spec) => {
    const planned = planWeights(spec, numClasses(model));
    return planned.length === rows.length && planned.every(({ name, shape }, i) => rowOf(name, shape) === rows[i]);
  });
}

function numClasses(model: WeightedModel): number {
  return model.weights.find(({ originalName }) => originalName === `${HEAD}bias`)?.shape[0] ?? 1;
}
