import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel } from './replace-kernel.js';

/** Runs `compute` on `x` as `dtype`. */
export function withCast<T>(backend: BackendWasm, x: TensorInfo, dtype: DataType, compute: (x: TensorInfo) => T): T {
  const converted = callKernel('Cast', backend, { x }, { dtype });
  try {
    return compute(converted);
  } finally {
    backend.disposeData(converted.dataId);
  }
}

/**
 * Runs `compute` on `x` as float32 and gives the result the type of `x`. Whole numbers below 2 ** 24 are exact in float32, which is also what tfjs's cpu backend computes much of this in.
 */
export function inFloats(backend: BackendWasm, x: TensorInfo, compute: (x: TensorInfo) => TensorInfo): TensorInfo {
  if (x.dtype === 'float32') return compute(x);
  const result = withCast(backend, x, 'float32', compute);
  const converted = callKernel('Cast', backend, { x: result }, { dtype: x.dtype });
  backend.disposeData(result.dataId);
  return converted;
}
