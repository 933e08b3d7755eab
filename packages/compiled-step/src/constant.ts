import { type TensorFlowBinding, type TensorValues, TF_DTYPE } from './tensorflow-binding.js';
import type { Constant } from './trace.js';

/** Bytes per element; a string's are not known. */
const WIDTH: Readonly<Record<number, number>> = {
  [TF_DTYPE.float32]: 4,
  [TF_DTYPE.int32]: 4,
  [TF_DTYPE.complex64]: 8,
  [TF_DTYPE.int64]: 8,
  [TF_DTYPE.bool]: 1,
};

/**
 * Largest constant, in bytes, that is written into the graph. Larger ones are fed at every call, which copies nothing;
 * shapes and axes, which TensorFlow wants to see when it optimizes, are far smaller.
 */
const MAX_BAKED_BYTES = 4096;

export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isBaked({ shape, dtype }: Pick<Constant, 'shape' | 'dtype'>): boolean {
  return dtype === TF_DTYPE.string || countElements(shape) * WIDTH[dtype]! <= MAX_BAKED_BYTES;
}

/** Values of a constant, from TensorFlow where they are only there. */
export function constantValues(constant: Constant, binding: TensorFlowBinding): TensorValues {
  return constant.values ?? binding.tensorDataSync(constant.id!);
}

/** Whether two constants hold the same: bit for bit, but that any NaN is like another. */
export function sameConstant(a: Constant, b: Constant, binding: TensorFlowBinding): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [left, right] = [constantValues(a, binding), constantValues(b, binding)];
  return left.length === right.length && left.every((value, i) => sameElement(value, right[i]!));
}

function sameElement(a: number | Uint8Array, b: number | Uint8Array): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
