import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { type KernelCall, replaceKernel } from './replace-kernel.js';
import { runKernel } from './run-kernel.js';

interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Registers the gradients of 2-D average and maximum pooling, whose wasm kernels go channel by channel. */
export function registerPoolKernels(): void {
  replaceKernel('AvgPoolGrad', (call) => poolGradient(call, 'averagePoolGradient', (dy, _x, dx) => [dy, dx]));
  replaceKernel('MaxPoolGrad', (call) => poolGradient(call, 'maximumPoolGradient', (dy, x, dx) => [x, dy, dx]));
}

/** Numbers of a window that one thread looks at in a nanosecond. */
const NUMBERS_PER_NANOSECOND = 0.7;

function poolGradient(
  { inputs, attrs, backend }: KernelCall,
  name: string,
  addresses: (dy: number, x: number, dx: number) => number[],
): TensorInfo | undefined {
  const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttributes;
  if (dy.dtype !== 'float32' || input.dtype !== 'float32') return undefined;
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  if (dy.shape.join() !== info.outShape.join()) {
    throw new RangeError(`pooling: \`dy\` must have the output's shape [${info.outShape}], got [${dy.shape}].`);
  }
  const dx = makeOutput(backend, shape);
  const work = {
    units: info.batchSize,
    nanoseconds: (util.sizeFromShape(dy.shape) * info.filterHeight * info.filterWidth) / NUMBERS_PER_NANOSECOND,
  };
  runKernel(backend, name, work, [
    ...addresses(addressOf(backend, dy), addressOf(backend, input), addressOf(backend, dx)),
    info.inHeight,
    info.inWidth,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
    info.inChannels,
  ]);
  return dx;
}
