import type { NFNetSpec } from './nfnet-specs.js';

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
 * @throws RangeError when the spec's lists differ in length or a stage has no room for one group.
 */
export function planBlocks(spec: NFNetSpec): BlockPlan[] {
  assertSpec(spec);
  const { widths, depths, strides, groupWidth, expansion, alpha, stochasticDepthRate } = spec;
  const count = depths.reduce((sum, depth) => sum + depth, 0);
  const blocks: BlockPlan[] = [];
  let inChannels = spec.stem.at(-1)!.channels;
  let deviation = 1;
  for (const [stage, outChannels] of widths.entries()) {
    for (let block = 0; block < depths[stage]!; block++) {
      const index = blocks.length;
      const stride = block === 0 ? strides[stage]! : 1;
      const groups = Math.floor(Math.floor(outChannels * expansion) / groupWidth);
      blocks.push({
        index,
        stage,
        inChannels,
        outChannels,
        midChannels: groups * groupWidth,
        groups,
        stride,
        beta: 1 / deviation,
        dropRate: (stochasticDepthRate * index) / count,
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

function assertSpec({ stem, widths, depths, strides, groupWidth, expansion }: NFNetSpec): void {
  if (stem.length === 0) throw new RangeError('planBlocks: `stem` must have at least one convolution, got none.');
  if (widths.length !== depths.length || widths.length !== strides.length) {
    throw new RangeError(
      `planBlocks: \`widths\`, \`depths\` and \`strides\` must have one entry per stage, got ${widths.length}, ` +
        `${depths.length} and ${strides.length}.`,
    );
  }
  for (const width of widths) {
    if (Math.floor(width * expansion) < groupWidth) {
      throw new RangeError(
        `planBlocks: \`widths\` times \`expansion\` (${width} * ${expansion}) must be at least \`groupWidth\` (${groupWidth}).`,
      );
    }
  }
}
