import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { currentRecorder } from './recording.js';

/** Address of a tensor's numbers in the memory of `backend`. Throws an `Error` where the backend could not allocate them. */
export function addressOf(backend: BackendWasm, tensor: TensorInfo): number {
  const recorder = currentRecorder();
  if (recorder) return recorder.addressOf(tensor);
  const address = backend.getMemoryOffset(tensor.dataId);
  // malloc answers 0 when the memory cannot grow, and the backend does not look; writing there would hit its own data.
  if (address === 0 && tensor.shape.every((size) => size > 0)) {
    throw new Error(`wasm-training: the \`wasm\` backend is out of memory for a tensor of shape [${tensor.shape}].`);
  }
  return address;
}

/** A new tensor without set values, in the memory of `backend`. */
export function makeOutput(backend: BackendWasm, shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
  return currentRecorder()?.makeOutput(shape, dtype) ?? backend.makeOutput([...shape], dtype);
}

/** Floats of a cache line: threads that write to one line hold each other up. Two lines, as processors fetch them in pairs. */
const LINE = 32;

/** The least number of floats of whole cache lines that holds `floats` floats. */
export function wholeLines(floats: number): number {
  return Math.ceil(floats / LINE) * LINE;
}

/** Calls `use` with the address of `floats` floats, the first of a cache line, that are freed afterwards. */
export function withLines<T>(backend: BackendWasm, floats: number, use: (address: number) => T): T {
  const scratch = makeOutput(backend, [floats + LINE]);
  try {
    return use(4 * wholeLines(addressOf(backend, scratch) / 4));
  } finally {
    backend.disposeData(scratch.dataId);
  }
}

/** Calls `use` with the address of `numbers` as int32, freed afterwards. */
export function withNumbers<T>(backend: BackendWasm, numbers: readonly number[], use: (address: number) => T): T {
  const recorder = currentRecorder();
  if (recorder) return use(recorder.addressOfNumbers(numbers));
  const table = backend.makeOutput([numbers.length], 'int32', undefined, Int32Array.from(numbers));
  try {
    return use(addressOf(backend, table));
  } finally {
    backend.disposeData(table.dataId);
  }
}
