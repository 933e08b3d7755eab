import type { TypedArray } from '@tensorflow/tfjs-core';
import { type TensorValues, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
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

/** A constant of `values`, kept as one number where it is large and they are all the same: tfjs makes many such ones. */
export function constantOf(shape: readonly number[], dtype: number, values: TensorValues): Constant {
  const constant = { shape: [...shape], dtype, values };
  if (isBaked(constant) || Array.isArray(values)) return constant;
  const first = values[0]!;
  return values.every((value) => Object.is(value, first))
    ? { ...constant, values: values.slice(0, 1), isUniform: true }
    : constant;
}

/** Values of a constant, from TensorFlow where they are only there; of a uniform one the first. */
export function constantValues(constant: Constant, valuesOf: (id: number) => TensorValues): TensorValues {
  return constant.values ?? valuesOf(constant.id!);
}

/** All values of a constant that has them. */
export function allValues({ shape, values, isUniform }: Constant): TensorValues {
  if (!isUniform) return values!.slice() as TensorValues;
  const [first] = values as TypedArray;
  return new (values!.constructor as Float32ArrayConstructor)(countElements(shape)).fill(first!);
}

/** Whether two constants hold the same: bit for bit, but that any NaN is like another. */
export function sameConstant(a: Constant, b: Constant, valuesOf: (id: number) => TensorValues): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [left, right] = [constantValues(a, valuesOf), constantValues(b, valuesOf)];
  // The one value of a uniform constant stands for as many as the other has.
  const [shorter, longer] = left.length < right.length ? [left, right] : [right, left];
  return longer.every((value, i) => sameElement(value, shorter[shorter.length === 1 ? 0 : i]!));
}

function sameElement(a: number | Uint8Array, b: number | Uint8Array): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
