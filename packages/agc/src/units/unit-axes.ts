/**
 * Axes over which the norm of one output unit of a parameter is taken, as in DeepMind's `unitwise_norm`; `undefined`
 * where shape and name do not settle it.
 *
 * `weight` is the last part of a tfjs layer's weight name. It is what tells depthwise, 1-D and 3-D convolution
 * kernels apart from anything else of their rank.
 */
export function unitAxes(shape: readonly number[], weight?: string): number[] | undefined {
  // Also [1, 1, 1, channels]: what squeezes to a scalar or vector is one unit.
  return isVector(shape) ? allAxes(shape) : outputAxes(shape, weight);
}

/**
 * The same as in timm's `unitwise_norm`, where a gain has the rank of its kernel, so that each of its elements is a unit, while other
 * vectors are one unit. A kernel has as many units as outputs, also if it has one input.
 */
export function unitAxesOfTimm(shape: readonly number[], weight?: string): number[] | undefined {
  if (shape.length <= 1) return weight === 'gain' ? [] : allAxes(shape);
  return outputAxes(shape, weight) ?? (isVector(shape) ? allAxes(shape) : undefined);
}

/** Axes of a tensor that is one unit. */
export function allAxes(shape: readonly number[]): number[] {
  return shape.map((_, axis) => axis);
}

/** Tells whether `shape` squeezes to a scalar or a vector. */
export function isVector(shape: readonly number[]): boolean {
  return shape.filter((size) => size !== 1).length <= 1;
}

/** All axes of a matrix or kernel but those of its outputs. */
function outputAxes(shape: readonly number[], weight: string | undefined): number[] | undefined {
  const rank = shape.length;
  // [height, width, channels, multiplier]: each (channel, multiplier) is an output of its own.
  if (weight === 'depthwise_kernel') return allAxes(shape).slice(0, -2);
  if (rank === 2 || rank === 4) return allAxes(shape).slice(0, -1);
  // [width, in, out] of Conv1D and [depth, height, width, in, out] of Conv3D.
  if (weight === 'kernel' && (rank === 3 || rank === 5)) return allAxes(shape).slice(0, -1);
  return undefined;
}
