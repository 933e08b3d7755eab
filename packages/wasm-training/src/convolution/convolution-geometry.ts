import { backend_util } from '@tensorflow/tfjs-core';

/** Everything about a 2-D convolution over [batch, height, width, channels] that its three kernels need. */
export interface ConvolutionGeometry {
  readonly batch: number;
  /** [height, width] of the input, the output, the kernel, the strides and the dilations. */
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Rows above and columns to the left of the input that count as zero. */
  readonly padding: Pair;
  readonly groups: number;
  /** Input and output channels of one group. */
  readonly inChannels: number;
  readonly outChannels: number;
}

export type Pair = readonly [number, number];

/** Attributes of the grouped kernels: what tfjs's own convolutions take, and the number of groups. */
export interface GroupedConvolutionAttributes {
  readonly strides: Pair | number;
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dilations?: Pair | number;
  readonly groups?: number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Geometry of the convolution of an input [batch, height, width, groups * inChannels] with a filter
 * [height, width, inChannels, groups * outChannels].
 *
 * Throws a `RangeError` where the channels do not divide into the groups.
 */
export function convolutionGeometry(
  kernelName: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: GroupedConvolutionAttributes,
): ConvolutionGeometry {
  const { strides, pad, dilations = 1, groups = 1, dimRoundingMode } = attributes;
  const [batch, height, width, channels] = inputShape as [number, number, number, number];
  const [kernelHeight, kernelWidth, inChannels, filters] = filterShape as [number, number, number, number];
  if (channels !== inChannels * groups) {
    throw new RangeError(
      `${kernelName}: the filter must take the input's channels (${channels}) over \`groups\` (${groups}), got ${inChannels}.`,
    );
  }
  if (filters % groups !== 0) {
    throw new RangeError(
      `${kernelName}: the filter's outputs (${filters}) must be divisible by \`groups\` (${groups}).`,
    );
  }
  // tfjs's arithmetic knows no groups: it sees one group's channels.
  const info = backend_util.computeConv2DInfo(
    [batch, height, width, inChannels],
    [kernelHeight, kernelWidth, inChannels, filters],
    strides as number | [number, number],
    dilations as number | [number, number],
    pad,
    dimRoundingMode,
  );
  return {
    batch,
    input: [height, width],
    output: [info.outHeight, info.outWidth],
    kernel: [kernelHeight, kernelWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    groups,
    inChannels,
    outChannels: filters / groups,
  };
}

/** Shape of the output, [batch, height, width, channels]. */
export function outputShape({
  batch,
  output,
  groups,
  outChannels,
}: ConvolutionGeometry): [number, number, number, number] {
  return [batch, ...output, groups * outChannels];
}
