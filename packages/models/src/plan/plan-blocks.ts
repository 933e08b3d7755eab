import { assertNFNetSpec } from '../presets/assert-spec.js';
import type { NFNetSpec } from '../presets/nfnet-spec.js';
import { nearestMultiple } from './nearest-multiple.js';

/** A residual block, as numbers. */
export interface BlockPlan {
  /** Position in the network, from 0. */
  readonly index: number;
  /** Stage, from 0. */
  readonly stage: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Channels between the first and the last convolution: `groups * groupWidth`. */
  readonly midChannels: number;
  /** Channels that the block's attention weighs. */
  readonly attentionChannels: number;
  /** Hidden channels of its squeeze-excite. */
  readonly squeezeExciteChannels: number;
  readonly groups: number;
  readonly stride: 1 | 2;
  /** 1 / the expected standard deviation of the block's input. */
  readonly beta: number;
  /** Probability of dropping the branch while training. */
  readonly dropRate: number;
  /** Whether the shortcut has a convolution: where the stride or the channels change. */
  readonly projects: boolean;
}

/**
 * Lists every residual block of `spec`, in order. Pure: makes no tensors.
 *
 * The expected deviation grows by alpha² of variance per block and falls back to 1 behind each stage's first block,
 * whose shortcut starts a new sum. Source: Brock et al. 2021, section 2, and the authors' `nfnet.py`.
 *
 * @param spec A spec, such as a preset of {@link NFNET}.
 * @throws RangeError when a field of the spec is unknown or out of its range, its lists differ in length, or a stage has no room
 * for one group.
 * @example
 * ```ts
 * import { NFNET, planBlocks } from '@nfnets/models';
 *
 * for (const { index, stage, outChannels, groups, beta } of planBlocks(NFNET.nfnet_f0))
 *   console.log(index, stage, outChannels, groups, beta);
 * ```
 */
export function planBlocks(spec: NFNetSpec): BlockPlan[] {
  assertNFNetSpec('planBlocks', spec);
  const { widths, depths, strides, alpha, attentionAt, stochasticDepthRate, stochasticDepthForm } = spec;
  const count = depths.reduce((sum, depth) => sum + depth, 0);
  const lastStep = stochasticDepthForm === 'authors' ? count : Math.max(count - 1, 1);
  const blocks: BlockPlan[] = [];
  let inChannels = spec.stem.at(-1)!.channels;
  let deviation = 1;
  for (const [stage, outChannels] of widths.entries()) {
    for (let block = 0; block < depths[stage]!; block++) {
      const index = blocks.length;
      const stride = block === 0 ? strides[stage]! : 1;
      const { midChannels, groups } = bottleneck(spec, index, inChannels, outChannels);
      const attentionChannels = attentionAt === 'end' ? outChannels : midChannels;
      blocks.push({
        index,
        stage,
        inChannels,
        outChannels,
        midChannels,
        attentionChannels,
        squeezeExciteChannels: squeezeExciteChannels(spec, attentionChannels),
        groups,
        stride,
        beta: 1 / deviation,
        dropRate: (stochasticDepthRate * index) / lastStep,
        projects: stride > 1 || inChannels !== outChannels,
      });
      // The first block of a stage is still scaled by the old sum; only those behind it see the new one.
      if (block === 0) deviation = 1;
      deviation = Math.sqrt(deviation ** 2 + alpha ** 2);
      inChannels = outChannels;
    }
  }
  return blocks;
}

function bottleneck(spec: NFNetSpec, index: number, inChannels: number, outChannels: number) {
  const { expansion, expansionOf, groupWidth, channelMultiple } = spec;
  const fromInput = inChannels * (index === 0 ? 1 : expansion);
  const wanted = expansionOf === 'output' ? outChannels * expansion : fromInput;
  const channels = channelMultiple === null ? Math.floor(wanted) : nearestMultiple(wanted, channelMultiple);
  const groups = groupWidth === null ? 1 : Math.floor(channels / groupWidth);
  const midChannels = groupWidth === null ? channels : groups * groupWidth;
  if (midChannels === 0) {
    throw new RangeError(
      `planBlocks: \`widths\` times \`expansion\` (${wanted / expansion} * ${expansion}) must be at least ` +
        `${groupWidth === null ? 1 : `\`groupWidth\` (${groupWidth})`}.`,
    );
  }
  return { midChannels, groups };
}

function squeezeExciteChannels({ squeezeExciteRatio, channelMultiple }: NFNetSpec, channels: number): number {
  const wanted = channels * squeezeExciteRatio;
  return channelMultiple === null ? Math.max(1, Math.floor(wanted)) : nearestMultiple(wanted, channelMultiple, 0);
}
