import { B0_STAGES, type EfficientNetSpec } from '../presets/efficientnet-specs.js';
import type { ResNetSpec } from '../presets/resnet-specs.js';
import { nearestMultiple } from './nearest-multiple.js';

/** A bottleneck block of a ResNet, as numbers. */
export interface ResNetBlockPlan {
  /** Prefix of its layers: `layer<stage>.<block>`, from `layer1.0`. */
  readonly name: string;
  readonly inChannels: number;
  readonly midChannels: number;
  readonly outChannels: number;
  readonly stride: 1 | 2;
  /** Whether the shortcut has a convolution. */
  readonly projects: boolean;
  /** Probability of dropping the branch while training. */
  readonly dropRate: number;
}

/** Lists every block of a ResNet, in order. */
export function planResNetBlocks(spec: ResNetSpec): ResNetBlockPlan[] {
  const { stem, widths, depths, strides, stochasticDepthRate } = spec;
  const last = Math.max(depths.reduce((sum, depth) => sum + depth, 0) - 1, 1);
  const blocks: ResNetBlockPlan[] = [];
  let inChannels = stem.channels;
  for (const [stage, depth] of depths.entries()) {
    const outChannels = widths[stage]!;
    const midChannels = outChannels / 4;
    for (let block = 0; block < depth; block++) {
      blocks.push({
        name: `layer${stage + 1}.${block}`,
        inChannels,
        midChannels,
        outChannels,
        stride: block === 0 ? strides[stage]! : 1,
        projects: block === 0,
        dropRate: (stochasticDepthRate * blocks.length) / last,
      });
      inChannels = outChannels;
    }
  }
  return blocks;
}

/** An inverted bottleneck block of an EfficientNet, as numbers. */
export interface EfficientNetBlockPlan {
  /** Prefix of its layers: `blocks.<stage>.<block>`. */
  readonly name: string;
  readonly inChannels: number;
  /** Channels of the depthwise convolution; there is no expansion where they are the input's. */
  readonly expandedChannels: number;
  /** Hidden channels of squeeze-excite. */
  readonly squeezeExciteChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride: 1 | 2;
  /** Probability of dropping the branch while training, of blocks that add their input. */
  readonly dropRate: number;
}

/** Lists every block of an EfficientNet, in order. */
export function planEfficientNetBlocks(spec: EfficientNetSpec): EfficientNetBlockPlan[] {
  const stages = B0_STAGES.map((stage) => ({
    ...stage,
    channels: scaledChannels(stage.channels, spec),
    depth: Math.ceil(stage.depth * spec.depthFactor),
  }));
  const count = stages.reduce((sum, { depth }) => sum + depth, 0);
  const blocks: EfficientNetBlockPlan[] = [];
  let inChannels = scaledChannels(32, spec);
  for (const [stage, { expansion, channels, depth, stride, kernelSize }] of stages.entries()) {
    for (let block = 0; block < depth; block++) {
      blocks.push({
        name: `blocks.${stage}.${block}`,
        inChannels,
        expandedChannels: inChannels * expansion,
        squeezeExciteChannels: Math.max(1, Math.floor(inChannels / 4)),
        outChannels: channels,
        kernelSize,
        stride: block === 0 ? stride : 1,
        dropRate: (spec.stochasticDepthRate * blocks.length) / count,
      });
      inChannels = channels;
    }
  }
  return blocks;
}

/** B0's channels at the width of a spec. */
export function scaledChannels(channels: number, { widthFactor }: EfficientNetSpec): number {
  return nearestMultiple(channels * widthFactor, 8);
}
