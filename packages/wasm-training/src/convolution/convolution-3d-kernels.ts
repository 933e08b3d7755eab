import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { paddingOf } from '../pooling/pool-geometry.js';

/**
 * Registers the 3-D convolution and its gradients. tfjs's shift the input where a `'same'` convolution has a stride above the filter's
 * size, and its gradients are wrong anywhere.
 */
export function registerConvolution3dKernels(): void {
  replaceKernel('Conv3D', ({ inputs, attrs, backend }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    const info = infoOf(x.shape, filter.shape, attrs as unknown as Conv3dAttributes);
    // With dilations the strides are 1, which tfjs gets right.
    const isDilated = info.dilationDepth * info.dilationHeight * info.dilationWidth !== 1;
    if (x.dtype !== 'float32' || filter.dtype !== 'float32' || isDilated) return undefined;
    const y = makeOutput(backend, info.outShape);
    const work = {
      units: info.batchSize * info.outDepth * info.outHeight,
      nanoseconds: nanosecondsOf(y, filter.shape),
    };
    const addresses = [x, filter, y].map((tensor) => addressOf(backend, tensor));
    runKernel(backend, 'convolve3d', work, [...addresses, ...sizesOf(info)]);
    return y;
  });
  replaceKernel('Conv3DBackpropInputV2', ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const attributes = attrs as unknown as Conv3dAttributes;
    const info = checkedInfo(dy, attributes.inputShape, filter.shape, attributes);
    const dx = makeOutput(backend, attributes.inputShape);
    const addresses = [filter, dy, dx].map((tensor) => addressOf(backend, tensor));
    const work = { units: info.batchSize, nanoseconds: nanosecondsOf(dy, filter.shape) };
    runKernel(backend, 'convolve3dInputGradient', work, [...addresses, ...sizesOf(info)]);
    return dx;
  });
  replaceKernel('Conv3DBackpropFilterV2', ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const attributes = attrs as unknown as Conv3dAttributes;
    const info = checkedInfo(dy, x.shape, attributes.filterShape, attributes);
    const dw = makeOutput(backend, attributes.filterShape);
    const addresses = [x, dy, dw].map((tensor) => addressOf(backend, tensor));
    const units = info.filterDepth * info.filterHeight * info.filterWidth;
    const work = { units, nanoseconds: nanosecondsOf(dy, attributes.filterShape) };
    runKernel(backend, 'convolve3dFilterGradient', work, [...addresses, info.batchSize, ...sizesOf(info)]);
    return dw;
  });
}

function nanosecondsOf(y: TensorInfo, filterShape: readonly number[]): number {
  return (util.sizeFromShape(y.shape) * util.sizeFromShape(filterShape.slice(0, 4))) / PRODUCTS_PER_NANOSECOND;
}

type Shape5D = [number, number, number, number, number];

interface Conv3dAttributes {
  readonly inputShape: Shape5D;
  readonly filterShape: Shape5D;
  readonly strides: [number, number, number] | number;
  readonly pad: 'same' | 'valid';
  readonly dilations?: [number, number, number] | number;
}

function infoOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations = 1 }: Conv3dAttributes,
): backend_util.Conv3DInfo {
  return backend_util.computeConv3DInfo(inputShape as Shape5D, filterShape as Shape5D, strides, dilations, pad);
}

function sizesOf(info: backend_util.Conv3DInfo): number[] {
  return [
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
    ...paddingOf(info),
    info.inChannels,
    info.outChannels,
  ];
}

/** Multiply-adds that one thread does in a nanosecond. */
const PRODUCTS_PER_NANOSECOND = 2;

/** How the gradients with `dy` are computed; throws a `RangeError` where it has not the output's shape. */
function checkedInfo(
  dy: TensorInfo,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: Conv3dAttributes,
): backend_util.Conv3DInfo {
  const info = infoOf(inputShape, filterShape, attributes);
  if (dy.shape.join() !== info.outShape.join()) {
    throw new RangeError(`3-D convolution: \`dy\` must have the output's shape [${info.outShape}], got [${dy.shape}].`);
  }
  return info;
}
