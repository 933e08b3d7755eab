import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { kernelModule } from './kernel-module.js';
import { replaceKernel } from './replace-kernel.js';

/** Registers the gradients of a 3-D convolution, which tfjs 4.22 ships for wasm and computes wrongly. */
export function registerConvolution3dKernels(): void {
  replaceKernel('Conv3DBackpropInputV2', ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const attributes = attrs as unknown as Conv3dAttributes;
    const dx = makeOutput(backend, attributes.inputShape);
    return convolve3dGradient(backend, filter, dy, dx, true, attributes.inputShape, filter.shape, attributes);
  });
  replaceKernel('Conv3DBackpropFilterV2', ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const attributes = attrs as unknown as Conv3dAttributes;
    const dw = makeOutput(backend, attributes.filterShape);
    return convolve3dGradient(backend, x, dy, dw, false, x.shape, attributes.filterShape, attributes);
  });
}

type Shape5D = [number, number, number, number, number];

interface Conv3dAttributes {
  readonly inputShape: Shape5D;
  readonly filterShape: Shape5D;
  readonly strides: [number, number, number] | number;
  readonly pad: 'same' | 'valid';
}

function convolve3dGradient(
  backend: BackendWasm,
  other: TensorInfo,
  dy: TensorInfo,
  result: TensorInfo,
  forInput: boolean,
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad }: Conv3dAttributes,
): TensorInfo {
  const info = backend_util.computeConv3DInfo(inputShape as Shape5D, filterShape as Shape5D, strides, 1, pad);
  if (dy.shape.join() !== info.outShape.join()) {
    throw new RangeError(`3-D convolution: \`dy\` must have the output's shape [${info.outShape}], got [${dy.shape}].`);
  }
  kernelModule(backend).functions['convolve3dGradient']!(
    Number(forInput),
    addressOf(backend, other),
    addressOf(backend, dy),
    addressOf(backend, result),
    info.batchSize,
    info.inDepth,
    info.inHeight,
    info.inWidth,
    info.outDepth,
    info.outHeight,
    info.outWidth,
    info.filterDepth,
    info.filterHeight,
    info.filterWidth,
    info.strideDepth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.front,
    info.padInfo.top,
    info.padInfo.left,
    info.inChannels,
    info.outChannels,
  );
  return result;
}
