import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernelWithScratch } from '../backend/run-kernel.js';

/** Registers `FusedBatchNorm`, where the statistics are one number for each channel. */
export function registerBatchNormKernel(): void {
  replaceKernel('FusedBatchNorm', ({ inputs, attrs, backend }: KernelCall) => {
    const { x, mean, variance } = inputs as { x: TensorInfo; mean: TensorInfo; variance: TensorInfo };
    const { scale, offset } = inputs;
    const channels = x.shape.at(-1) ?? 1;
    const statistics = [mean, variance, scale, offset].filter((each) => each != null);
    const isPlain = statistics.every(
      ({ shape, dtype }) => dtype === 'float32' && util.sizeFromShape(shape) === channels,
    );
    if (x.dtype !== 'float32' || !isPlain) return undefined;
    const out = makeOutput(backend, x.shape);
    const count = util.sizeFromShape(x.shape);
    if (count === 0) return out;
    const optional = (tensor: TensorInfo | undefined) => (tensor == null ? 0 : addressOf(backend, tensor));
    const work = { units: count / channels, nanoseconds: count * NANOSECONDS, scratch: channels };
    runKernelWithScratch(backend, 'normalizeBatch', work, [
      ...[x, mean, variance].map((tensor) => addressOf(backend, tensor)),
      optional(scale),
      optional(offset),
      Number(scale != null),
      Number(offset != null),
      addressOf(backend, out),
      channels,
      attrs['varianceEpsilon'] as number,
    ]);
    return out;
  });
}

/** What a number costs one thread, about. */
const NANOSECONDS = 0.4;
