/** Whether a kernel of convolution is one matrix, or one for each of its positions. */
export type ConvMode = 'flatten' | 'batched';

/** What the step of a matrix is multiplied by, by name. */
export type AdjustLearningRate = 'original' | 'matchRmsAdamW';

/** A kernel as matrices of `rows` inputs and `columns` outputs. */
export interface KernelMatrices {
  /** How many there are: 1, or the positions of a kernel of convolution. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The matrices that the kernel of shape `[...positions, in, out]` is: one of `positions * in` rows and `out` columns, or one of `in` rows at
 * each position. The kernel's numbers keep their order.
 *
 * Undefined of what is none: vectors, scalars, kernels of one input or output, and depthwise ones, `[...positions, channels, multiplier]`,
 * whose channels never meet; `weight`, the last part of the variable's name, tells these.
 */
export function kernelMatrices(
  shape: readonly number[],
  weight: string,
  convMode: ConvMode,
): KernelMatrices | undefined {
  const [rows = 1, columns = 1] = shape.slice(-2);
  if (shape.length < 2 || rows === 1 || columns === 1 || /^depthwise_kernel(_\d+)?$/.test(weight)) return undefined;
  const positions = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return convMode === 'flatten' ? { count: 1, rows: rows * positions, columns } : { count: positions, rows, columns };
}

/** What an orthogonal step of `matrices` is multiplied by; of several it makes the step of the kernel as large as that of one. */
export function stepScale({ count, rows, columns }: KernelMatrices, adjust: AdjustLearningRate): number {
  const scale =
    adjust === 'original' ? Math.sqrt(Math.max(1, columns / rows)) : 0.2 * Math.sqrt(Math.max(columns, rows));
  return scale / Math.sqrt(count);
}
