import type { ConvolutionGeometry, Pair } from './convolution-geometry.js';

/**
 * One call of the `convolve` kernel: on a grid of target pixels, each the sum over taps of one source pixel times one
 * matrix of the filter.
 */
export interface GatherPlan {
  /** [rows, columns] of the grid of target pixels. */
  readonly grid: Pair;
  /** First target pixel and distance between neighbours. */
  readonly targetStart: Pair;
  readonly targetStep: Pair;
  /** Distance between the source pixels of neighbouring targets. */
  readonly sourceStep: Pair;
  readonly taps: readonly Tap[];
}

/** One matrix of the filter, and the row and column of the source pixel that it meets at target (0, 0). */
export interface Tap {
  readonly index: number;
  readonly row: number;
  readonly column: number;
}

/** The plan of a convolution: output pixel i reads input pixel i * stride + tap * dilation - padding. */
export function planForward({ output, strides, kernel, dilations, padding }: ConvolutionGeometry): GatherPlan {
  const rows = Array.from({ length: kernel[0] }, (_, tap) => tap * dilations[0] - padding[0]);
  const columns = Array.from({ length: kernel[1] }, (_, tap) => tap * dilations[1] - padding[1]);
  return {
    grid: output,
    targetStart: [0, 0],
    targetStep: [1, 1],
    sourceStep: strides,
    taps: rows.flatMap((row, i) => columns.map((column, j) => ({ index: i * kernel[1] + j, row, column }))),
  };
}

/**
 * The plans of a convolution's input gradient, one for each phase of the stride.
 *
 * Input pixel p meets output pixel (p + padding - tap * dilation) / stride where that is whole; input pixels that agree
 * modulo the stride meet the same taps, so within a phase no tap is wasted.
 */
export function planInputGradient({ input, strides, kernel, dilations, padding }: ConvolutionGeometry): GatherPlan[] {
  const phases = (axis: 0 | 1) =>
    Array.from({ length: Math.min(strides[axis], input[axis]) }, (_, start) => ({
      start,
      count: Math.ceil((input[axis] - start) / strides[axis]),
      taps: Array.from({ length: kernel[axis] }, (_, tap) => ({
        tap,
        source: (start + padding[axis] - tap * dilations[axis]) / strides[axis],
      })).filter(({ source }) => Number.isInteger(source)),
    }));
  return phases(0).flatMap((row) =>
    phases(1).map((column) => ({
      grid: [row.count, column.count] as const,
      targetStart: [row.start, column.start] as const,
      targetStep: strides,
      sourceStep: [1, 1] as const,
      taps: row.taps.flatMap((r) =>
        column.taps.map((c) => ({ index: r.tap * kernel[1] + c.tap, row: r.source, column: c.source })),
      ),
    })),
  );
}
