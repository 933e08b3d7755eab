import type { NFNetSpec } from './nfnet-specs.js';
import { planBlocks } from './plan-blocks.js';

/** A weight of a model, as `createModel` names it. */
export interface WeightPlan {
  /** `<layer>/<weight>` */
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Lists every weight of the model that `createModel(spec, { numClasses })` makes, in its order. Pure: makes no tensors.
 */
export function planWeights(spec: NFNetSpec, numClasses: number): WeightPlan[] {
  const weights: WeightPlan[] = [];
  const add = (name: string, shape: number[]) => weights.push({ name, shape });
  const conv = (name: string, side: number, inChannels: number, outChannels: number) => {
    add(`${name}/kernel`, [side, side, inChannels, outChannels]);
    add(`${name}/gain`, [outChannels]);
    add(`${name}/bias`, [outChannels]);
  };

  let channels = spec.inputShape[2];
  for (const [i, { channels: outChannels }] of spec.stem.entries()) {
    conv(`stem_conv${i}`, 3, channels, outChannels);
    channels = outChannels;
  }
  for (const { index, inChannels, outChannels, midChannels, groups, projects } of planBlocks(spec)) {
    const name = blockName(index);
    const hidden = Math.max(1, Math.floor(outChannels * spec.squeezeExciteRatio));
    conv(`${name}/conv0`, 1, inChannels, midChannels);
    conv(`${name}/conv1`, 3, midChannels / groups, midChannels);
    conv(`${name}/conv1b`, 3, midChannels / groups, midChannels);
    conv(`${name}/conv2`, 1, midChannels, outChannels);
    add(`${name}/squeeze_excite/reduce_kernel`, [outChannels, hidden]);
    add(`${name}/squeeze_excite/reduce_bias`, [hidden]);
    add(`${name}/squeeze_excite/expand_kernel`, [hidden, outChannels]);
    add(`${name}/squeeze_excite/expand_bias`, [outChannels]);
    if (projects) conv(`${name}/conv_shortcut`, 1, inChannels, outChannels);
    add(`${name}/skip_gain/gain`, []);
    channels = outChannels;
  }
  conv('final_conv', 1, channels, spec.finalChannels);
  add('linear/kernel', [spec.finalChannels, numClasses]);
  add('linear/bias', [numClasses]);
  return weights;
}

/** Counts the parameters of the model that `createModel(spec, { numClasses })` makes. */
export function countParameters(spec: NFNetSpec, numClasses: number): number {
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  return planWeights(spec, numClasses).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Prefix of the layers of block `index`. */
export function blockName(index: number): string {
  return `nf_block_${index}`;
}
