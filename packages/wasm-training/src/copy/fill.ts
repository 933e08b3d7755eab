import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type DataType, type NumericDataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { runKernel } from '../backend/run-kernel.js';

/** Whether `dtype` is one whose numbers lie in the memory of the backend as they are. */
export function isPlain(dtype: DataType): dtype is 'float32' | 'int32' | 'bool' {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
}

/** Four bytes of a tensor of type `dtype` that is `value` everywhere, as an int32. */
export function patternOf(value: number, dtype: DataType): number {
  if (dtype === 'float32') return new Int32Array(Float32Array.of(value).buffer)[0]!;
  return dtype === 'bool' ? new Int32Array(new Uint8Array(4).fill(value).buffer)[0]! : Int32Array.of(value)[0]!;
}

/** Sets all numbers of `out` to `value`, converted to its type as JavaScript does. */
export function fill(backend: BackendWasm, out: TensorInfo, value: number): void {
  const bytes = util.sizeFromShape(out.shape) * util.bytesPerElement(out.dtype as NumericDataType);
  if (bytes === 0) return;
  const units = kernelModule(backend).functions['elementwiseUnits']!(Math.ceil(bytes / 4));
  const work = { units, nanoseconds: bytes / BYTES_PER_NANOSECOND };
  runKernel(backend, 'fill', work, [addressOf(backend, out), bytes, patternOf(value, out.dtype)]);
}

/** Bytes that one thread writes in a nanosecond. */
const BYTES_PER_NANOSECOND = 16;
