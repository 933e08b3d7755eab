import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { kernelFunctions } from './kernel-module.js';
import { replaceKernel } from './replace-kernel.js';

interface DepthwiseAttributes {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape: [number, number, number, number];
  readonly filterShape: [number, number, number, number];
}

/** Registers the two gradients of a depthwise convolution, which the backend lacks. */
export function registerDepthwiseKernels(): void {
  replaceKernel('DepthwiseConv2dNativeBackpropInput', ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrs as unknown as DepthwiseAttributes;
    const geometry = geometryOf(inputShape, filter.shape, attrs as unknown as DepthwiseAttributes);
    return depthwiseGradient(backend, filter, dy, makeOutput(backend, inputShape), true, geometry);
  });
  replaceKernel('DepthwiseConv2dNativeBackpropFilter', ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = attrs as unknown as DepthwiseAttributes;
    const geometry = geometryOf(x.shape, filterShape, attrs as unknown as DepthwiseAttributes);
    return depthwiseGradient(backend, x, dy, makeOutput(backend, filterShape), false, geometry);
  });
}

function geometryOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: DepthwiseAttributes,
): backend_util.Conv2DInfo {
  type Shape = [number, number, number, number];
  return backend_util.computeConv2DInfo(
    inputShape as Shape,
    filterShape as Shape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
}

function depthwiseGradient(
  backend: BackendWasm,
  other: TensorInfo,
  dy: TensorInfo,
  result: TensorInfo,
  forInput: boolean,
  info: backend_util.Conv2DInfo,
): TensorInfo {
  if (dy.shape.join() !== info.outShape.join()) {
    throw new RangeError(
      `depthwise convolution: \`dy\` must have the output's shape [${info.outShape}], got [${dy.shape}].`,
    );
  }
  kernelFunctions(backend)['depthwiseGradient']!(
    Number(forInput),
    addressOf(backend, other),
    addressOf(backend, dy),
    addressOf(backend, result),
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
    info.inChannels,
    info.outChannels / info.inChannels,
  );
  return result;
}
