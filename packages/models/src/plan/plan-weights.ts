import { channelKernelSize } from '@nfnets/nf-blocks';
import { assertInteger } from '@nfnets/options';
import { assertNFNetSpec } from '../presets/assert-spec.js';
import type { NFNetSpec } from '../presets/nfnet-spec.js';
import { activatedChannels } from './activated-channels.js';
import { type BlockPlan, planBlocks } from './plan-blocks.js';

/** A weight of a model, as `createModel` names it. */
export interface WeightPlan {
  /** `<layer>/<weight>` */
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Lists every weight of the model that `createModel(spec, { numClasses })` makes, in its order. Pure: makes no tensors.
 *
 * @param spec A spec, such as a preset of {@link NFNET}.
 * @param numClasses Outputs of the classifier.
 * @throws TypeError or RangeError for what is no sound spec, or a number of classes that is none.
 * @example
 * ```ts
 * import { NFNET, planWeights } from '@nfnets/models';
 *
 * const names = planWeights(NFNET.nfnet_f0, 1000).map(({ name, shape }) => `${name} [${shape}]`);
 * ```
 */
export function planWeights(spec: NFNetSpec, numClasses: number): WeightPlan[] {
  assertNFNetSpec('planWeights', spec);
  assertInteger('planWeights', 'numClasses', numClasses, 1);
  const weights: WeightPlan[] = [];
  const add = (name: string, shape: number[]) => weights.push({ name, shape });
  const conv = (name: string, side: number, inChannels: number, outChannels: number) => {
    add(`${name}/kernel`, [side, side, inChannels, outChannels]);
    add(`${name}/gain`, [outChannels]);
    add(`${name}/bias`, [outChannels]);
  };
  const read = (channels: number) => activatedChannels(spec, channels);

  let channels = spec.inputShape[2];
  for (const [i, { channels: outChannels, kernelSize = 3 }] of spec.stem.entries()) {
    conv(`stem_conv${i}`, kernelSize, i === 0 ? channels : read(channels), outChannels);
    channels = outChannels;
  }
  for (const block of planBlocks(spec)) {
    const { index, inChannels, outChannels, midChannels, groups, projects } = block;
    const name = blockName(index);
    conv(`${name}/conv0`, 1, read(inChannels), midChannels);
    conv(`${name}/conv1`, 3, read(midChannels) / groups, midChannels);
    if (spec.spatialConvs === 2) conv(`${name}/conv1b`, 3, read(midChannels) / groups, midChannels);
    if (spec.attentionAt === 'middle') weights.push(...attentionWeights(spec, block));
    conv(`${name}/conv2`, 1, read(midChannels), outChannels);
    if (spec.attentionAt === 'end') weights.push(...attentionWeights(spec, block));
    if (projects) conv(`${name}/conv_shortcut`, 1, read(inChannels), outChannels);
    if (spec.skipGain) add(`${name}/skip_gain/gain`, []);
    channels = outChannels;
  }
  if (spec.finalChannels !== null) conv('final_conv', 1, channels, spec.finalChannels);
  add('linear/kernel', [read(spec.finalChannels ?? channels), numClasses]);
  add('linear/bias', [numClasses]);
  return weights;
}

function attentionWeights(spec: NFNetSpec, block: BlockPlan): WeightPlan[] {
  const { attentionChannels: channels, squeezeExciteChannels: hidden } = block;
  const name = blockName(block.index);
  if (spec.attention === 'none') return [];
  if (spec.attention === 'efficientChannel') {
    return [{ name: `${name}/channel_attention/kernel`, shape: [channelKernelSize(channels)] }];
  }
  return [
    { name: `${name}/squeeze_excite/reduce_kernel`, shape: [channels, hidden] },
    { name: `${name}/squeeze_excite/reduce_bias`, shape: [hidden] },
    { name: `${name}/squeeze_excite/expand_kernel`, shape: [hidden, channels] },
    { name: `${name}/squeeze_excite/expand_bias`, shape: [channels] },
  ];
}

/** Prefix of the layers of block `index`. */
export function blockName(index: number): string {
  return `nf_block_${index}`;
}
