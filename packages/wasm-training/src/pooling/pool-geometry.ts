import { backend_util } from '@tensorflow/tfjs-core';

/** Attributes of tfjs's pooling kernels. */
export interface PoolAttributes {
  readonly filterSize: number[] | number;
  readonly strides: number[] | number;
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

export type Triple = readonly [depth: number, height: number, width: number];

/** Everything about a pooling of [batch, depth, height, width, channels] that its kernels need; a flat image has a depth of 1. */
export interface PoolGeometry {
  readonly batch: number;
  readonly input: Triple;
  readonly output: Triple;
  readonly window: Triple;
  readonly strides: Triple;
  /** Planes before, rows above and columns left of the input that count as padding. */
  readonly padding: Triple;
  readonly channels: number;
  /** Shape of the output, [batch, height, width, channels] or [batch, depth, height, width, channels]. */
  readonly outShape: readonly number[];
}

/** Geometry of the pooling of `inputShape`, [batch, height, width, channels] or [batch, depth, height, width, channels]. */
export function poolGeometry(inputShape: readonly number[], attributes: PoolAttributes): PoolGeometry {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  if (inputShape.length === 4) {
    const info = backend_util.computePool2DInfo(
      inputShape as [number, number, number, number],
      filterSize as [number, number],
      strides as [number, number],
      1,
      pad,
      dimRoundingMode,
    );
    return {
      batch: info.batchSize,
      input: [1, info.inHeight, info.inWidth],
      output: [1, info.outHeight, info.outWidth],
      window: [1, info.filterHeight, info.filterWidth],
      strides: [1, info.strideHeight, info.strideWidth],
      padding: [0, info.padInfo.top, info.padInfo.left],
      channels: info.inChannels,
      outShape: info.outShape,
    };
  }
  const info = backend_util.computePool3DInfo(
    inputShape as [number, number, number, number, number],
    filterSize as [number, number, number],
    strides as [number, number, number],
    1,
    pad as 'same' | 'valid' | number,
    dimRoundingMode,
  );
  return {
    batch: info.batchSize,
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    window: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    padding: paddingOf(info),
    channels: info.inChannels,
    outShape: info.outShape,
  };
}

/** Padding in front of, above and to the left of a 3-D input. tfjs makes it negative where a stride is larger than the window. */
export function paddingOf({ padInfo }: backend_util.Conv3DInfo): Triple {
  const { front, top, left, type } = padInfo;
  return type === 'SAME' ? [Math.max(front, 0), Math.max(top, 0), Math.max(left, 0)] : [front, top, left];
}
