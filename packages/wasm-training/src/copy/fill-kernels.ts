import { type DataType, type NumericDataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { fill, isPlain, patternOf } from './fill.js';

/** Registers the kernels whose results hold one number, or two, everywhere; tfjs's write some of them from JavaScript. */
export function registerFillKernels(): void {
  replaceKernel('Fill', ({ attrs, backend }) => {
    const { shape, value } = attrs as { shape: number[]; value: number | string };
    const dtype = (attrs['dtype'] as DataType | undefined) || util.inferDtype(value);
    return isPlain(dtype) ? filled(backend, shape, dtype, Number(value)) : undefined;
  });
  for (const [kernelName, value] of Object.entries({ ZerosLike: 0, OnesLike: 1 })) {
    replaceKernel(kernelName, ({ inputs, backend }) => {
      const { x } = inputs as { x: TensorInfo };
      return isPlain(x.dtype) ? filled(backend, x.shape, x.dtype, value) : undefined;
    });
  }
  replaceKernel('OneHot', oneHot);
}

function filled(backend: KernelCall['backend'], shape: readonly number[], dtype: DataType, value: number): TensorInfo {
  const out = makeOutput(backend, shape, dtype);
  fill(backend, out, value);
  return out;
}

function oneHot({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { indices } = inputs as { indices: TensorInfo };
  const { depth, onValue, offValue } = attrs as { depth: number; onValue: number; offValue: number };
  const dtype = (attrs['dtype'] as DataType | undefined) ?? 'int32';
  if (indices.dtype !== 'int32' || !isPlain(dtype)) return undefined;
  const out = makeOutput(backend, [...indices.shape, depth], dtype);
  const size = util.sizeFromShape(out.shape);
  if (size === 0) return out;
  const bytes = size * util.bytesPerElement(dtype as NumericDataType);
  const work = { units: size / depth, nanoseconds: bytes / BYTES_PER_NANOSECOND };
  runKernel(backend, dtype === 'bool' ? 'oneHotBytes' : 'oneHot', work, [
    addressOf(backend, indices),
    addressOf(backend, out),
    depth,
    patternOf(onValue, dtype),
    patternOf(offValue, dtype),
  ]);
  return out;
}

/** Bytes that one thread writes in a nanosecond, in rows. */
const BYTES_PER_NANOSECOND = 8;
