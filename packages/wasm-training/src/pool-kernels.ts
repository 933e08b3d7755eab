import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { kernelFunctions } from './kernel-module.js';
import { type KernelCall, replaceKernel } from './replace-kernel.js';

interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Registers the gradients of 2-D average and maximum pooling, whose wasm kernels go channel by channel. */
export function registerPoolKernels(): void {
  replaceKernel('AvgPoolGrad', (call) =>
    poolGradient(call, (dy, _x, dx, sizes, channels) =>
      kernelFunctions(call.backend)['averagePoolGradient']!(dy, dx, ...sizes, channels),
    ),
  );
  replaceKernel('MaxPoolGrad', (call) =>
    poolGradient(call, (dy, x, dx, sizes, channels) =>
      kernelFunctions(call.backend)['maximumPoolGradient']!(x, dy, dx, ...sizes, channels),
    ),
  );
}

function poolGradient(
  { inputs, attrs, backend }: KernelCall,
  compute: (dy: number, x: number, dx: number, sizes: readonly number[], channels: number) => void,
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
  const sizes = [
    info.batchSize,
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
  ];
  compute(addressOf(backend, dy), addressOf(backend, input), addressOf(backend, dx), sizes, info.inChannels);
  return dx;
}
