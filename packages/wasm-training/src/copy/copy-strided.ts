import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type NumericDataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput, withNumbers } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { runKernel } from '../backend/run-kernel.js';

/** An axis of a tensor that is read at any stride: its size, and the elements from one to the next, which may be 0 or negative. */
export interface StridedAxis {
  readonly size: number;
  readonly stride: number;
}

/** A new tensor of shape `shape`, whose axes are read from `x` as `axes` say, from element `start` on. */
export function copyStrided(
  backend: BackendWasm,
  x: TensorInfo,
  shape: readonly number[],
  axes: readonly StridedAxis[],
  start = 0,
): TensorInfo {
  const out = makeOutput(backend, shape, x.dtype);
  const size = util.sizeFromShape([...shape]);
  if (size === 0) return out;
  const bytes = util.bytesPerElement(x.dtype as NumericDataType);
  const merged = mergeStrided(axes);
  const [from, to] = [addressOf(backend, x) + start * bytes, addressOf(backend, out)];
  const matrices = asTransposed(merged);
  if (matrices !== undefined && bytes === 4) {
    const [count, rows, columns] = matrices;
    const units = count * kernelModule(backend).functions['transposeUnits']!(rows);
    runKernel(backend, 'transposeMatrices', { units, nanoseconds: size }, [from, to, rows, columns]);
    return out;
  }
  while (merged.length < 2) merged.unshift({ size: 1, stride: 0 });
  const units = size / (merged.at(-1)!.size * merged.at(-2)!.size);
  const table = merged.flatMap(({ size, stride }) => [size, stride * bytes]);
  withNumbers(backend, table, (axesAddress) => {
    runKernel(backend, 'copyStrided', { units, nanoseconds: size }, [from, to, axesAddress, merged.length, bytes]);
  });
  return out;
}

/** The numbers of `x` as a tensor of shape `shape`, to which its own broadcasts. */
export function copyBroadcast(backend: BackendWasm, x: TensorInfo, shape: readonly number[]): TensorInfo {
  const strides = stridesOf(x.shape);
  const missing = shape.length - x.shape.length;
  const axes = shape.map((size, axis) => ({
    size,
    stride: axis < missing || x.shape[axis - missing] === 1 ? 0 : strides[axis - missing]!,
  }));
  return copyStrided(backend, x, shape, axes);
}

/** Elements from one to the next along each axis of a tensor of shape `shape`. */
export function stridesOf(shape: readonly number[]): number[] {
  let stride = 1;
  return shape
    .map((_, i) => {
      const own = stride;
      stride *= shape[shape.length - 1 - i]!;
      return own;
    })
    .reverse();
}

/** The same axes, as few as can be. */
export function mergeStrided(axes: readonly StridedAxis[]): StridedAxis[] {
  const merged: StridedAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = merged.at(-1);
    if (last !== undefined && last.stride === axis.stride * axis.size) {
      merged[merged.length - 1] = { size: last.size * axis.size, stride: axis.stride };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

/** Number, rows and columns of the matrices whose transposes, one after the other, these axes read; `undefined` where they do not. */
function asTransposed(
  merged: readonly StridedAxis[],
): readonly [count: number, rows: number, columns: number] | undefined {
  const [rows, columns] = [merged.at(-1), merged.at(-2)];
  if (rows === undefined || columns === undefined || merged.length > 3) return undefined;
  const isMatrix = columns.stride === 1 && rows.stride === columns.size;
  const count = merged.length === 3 ? merged[0]!.size : 1;
  const isDense = merged.length < 3 || merged[0]!.stride === rows.size * columns.size;
  return isMatrix && isDense ? [count, rows.size, columns.size] : undefined;
}
