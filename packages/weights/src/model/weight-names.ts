import { type NFNetSpec, type PublishedWeight, planWeights, publishedWeights } from '@nfnets/models';
import { PRESETS } from './assert-spec.js';
import { inputChannels, numClasses, type WeightedModel } from './weighted-model.js';

/** Whose names a file has: ours (`nf_block_1/conv1/kernel`), timm's state dict's, or the authors' Haiku modules'. */
export type Naming = 'ours' | 'timm' | 'haiku';

/** What each weight of a model is called in a file, by its name in the model. */
export type WeightNames = ReadonlyMap<string, PublishedWeight>;

/**
 * What the weights of the model may be called in files of the given naming.
 *
 * @param spec What the model was made from, as {@link modelsSpec} gives it. Default every preset with the same weights, but for
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
