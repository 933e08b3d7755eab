/**
 * Axes over which the norm of one output unit of a parameter is taken, as in DeepMind's `unitwise_norm`; `undefined`
 * where shape and name do not settle it.
 *
 * `weight` is the last part of a tfjs layer's weight name. It is what tells depthwise, 1-D and 3-D convolution
 * kernels apart from anything else of their rank.
 */
export function unitAxes(shape: readonly number[], weight?: string): number[] | undefined {
  const rank = shape.length;
  const all = shape.map((_, axis) => axis);
  // Also [1, 1, 1, channels]: what squeezes to a scalar or vector is one unit.
  if (isVector(shape)) return all;
  // [height, width, channels, multiplier]: each (channel, multiplier) is an output of its own.
  if (weight === 'depthwise_kernel') return all.slice(0, -2);
  if (rank === 2 || rank === 4) return all.slice(0, -1);
  // [width, in, out] of Conv1D and [depth, height, width, in, out] of Conv3D.
  if (weight === 'kernel' && (rank === 3 || rank === 5)) return all.slice(0, -1);
  return undefined;
}

/** Tells whether `shape` squeezes to a scalar or a vector. */
export function isVector(shape: readonly number[]): boolean {
  return shape.filter((size) => size !== 1).length <= 1;
}
