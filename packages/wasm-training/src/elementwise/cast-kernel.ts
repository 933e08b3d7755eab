import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { replaceKernel } from '../backend/replace-kernel.js';
import { share } from '../copy/share-kernels.js';
import { runElementwise, ZIP_NANOSECONDS } from './run-elementwise.js';

/** Kernels from one type to another. */
const CONVERSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  float32: { int32: 'floatToInteger', bool: 'floatToFlag' },
  int32: { float32: 'integerToFloat', bool: 'integerToFlag' },
  bool: { float32: 'flagToFloat', int32: 'flagToInteger' },
};

/**
 * Registers `Cast`. A number is true unless it is 0, where tfjs keeps its low byte: 0.5 and 256 would be false. To int32 JavaScript's
 * rules hold, as on tfjs's cpu backend.
 */
export function registerCastKernel(): void {
  replaceKernel('Cast', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    const dtype = attrs['dtype'] as DataType;
    if (x.dtype === dtype) return share(backend, x);
    const name = CONVERSIONS[x.dtype]?.[dtype];
    if (name === undefined) return undefined;
    const y = makeOutput(backend, x.shape, dtype);
    const size = util.sizeFromShape(x.shape);
    if (size > 0)
      runElementwise(backend, name, size, ZIP_NANOSECONDS, [addressOf(backend, x), addressOf(backend, y), size]);
    return y;
  });
}
