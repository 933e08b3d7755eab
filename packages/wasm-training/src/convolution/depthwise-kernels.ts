import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { callKernel, type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { inChannelsLast } from './channels-last.js';
import { segmentsOf, sumSegments } from './sum-segments.js';

interface DepthwiseAttributes {
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number | null;
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape: [number, number, number, number];
  readonly filterShape: [number, number, number, number];
}

/**
 * Registers the depthwise convolution, which tfjs gets wrong with `'same'` padding and strides above the filter's size, and its two
 * gradients, which the backend lacks.
 */
export function registerDepthwiseKernels(): void {
  replaceKernel('DepthwiseConv2dNative', (call) => {
    const { x, filter } = call.inputs as { x: TensorInfo; filter: TensorInfo };
    return convolveDepthwise(call, x, filter);
  });
  replaceKernel('DepthwiseConv2dNativeBackpropInput', ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrs as unknown as DepthwiseAttributes;
    const geometry = geometryOf(inputShape, filter.shape, attrs as unknown as DepthwiseAttributes);
    checkGradient(dy, geometry);
    const dx = makeOutput(backend, inputShape);
    const addresses = [addressOf(backend, filter), addressOf(backend, dy), addressOf(backend, dx)];
    runKernel(backend, 'depthwiseInputGradient', { units: geometry.batchSize, nanoseconds: durationOf(geometry) }, [
      ...addresses,
      ...sizesOf(geometry),
    ]);
    return dx;
  });
  replaceKernel('DepthwiseConv2dNativeBackpropFilter', ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = attrs as unknown as DepthwiseAttributes;
    const geometry = geometryOf(x.shape, filterShape, attrs as unknown as DepthwiseAttributes);
    checkGradient(dy, geometry);
    const dw = makeOutput(backend, filterShape);
    const size = util.sizeFromShape(filterShape);
    const pixels = geometry.batchSize * geometry.outHeight * geometry.outWidth;
    sumSegments(
      backend,
      dw,
      Math.max(1, Math.min(segmentsOf(pixels, size), geometry.batchSize)),
      (segments, others, stride) => {
        runKernel(backend, 'depthwiseFilterGradient', { units: segments, nanoseconds: durationOf(geometry) }, [
          ...[x, dy, dw].map((tensor) => addressOf(backend, tensor)),
          others,
          stride,
          geometry.batchSize,
          segments,
          ...sizesOf(geometry),
        ]);
      },
    );
    return dw;
  });
}

/**
 * The depthwise convolution of x [batch, height, width, channels] with a filter [height, width, channels, multiplier], `bias` [channels *
 * multiplier] added and cut to [`low`, `high`].
 */
export function convolveDepthwise(
  { attrs, backend }: Pick<KernelCall, 'attrs' | 'backend'>,
  x: TensorInfo,
  filter: TensorInfo,
  bias?: TensorInfo,
  [low, high]: readonly [low: number, high: number] = [-Infinity, Infinity],
): TensorInfo {
  if (attrs['dataFormat'] === 'NCHW') {
    const inLast = { attrs: { ...attrs, dataFormat: 'NHWC' }, backend };
    return inChannelsLast(backend, [x], true, ([image]) =>
      convolveDepthwise(inLast, image!, filter, bias, [low, high]),
    );
  }
  const geometry = geometryOf(x.shape, filter.shape, attrs as unknown as DepthwiseAttributes);
  const { batchSize, outHeight, outChannels, inChannels } = geometry;
  const y = makeOutput(backend, geometry.outShape);
  // With each channel as often as it has filters there is one filter for each.
  const reps = outChannels / inChannels;
  const repeated = reps > 1 ? repeatChannels(backend, x, reps) : x;
  runKernel(backend, 'depthwise', { units: batchSize * outHeight, nanoseconds: durationOf(geometry) }, [
    addressOf(backend, repeated),
    addressOf(backend, filter),
    bias === undefined ? 0 : addressOf(backend, bias),
    addressOf(backend, y),
    low,
    high,
    ...sizesOf(geometry).slice(0, -2),
    outChannels,
  ]);
  if (repeated !== x) backend.disposeData(repeated.dataId);
  return y;
}

function repeatChannels(backend: KernelCall['backend'], x: TensorInfo, times: number): TensorInfo {
  const column = { ...x, shape: [util.sizeFromShape(x.shape), 1] };
  const repeated = callKernel('Tile', backend, { x: column }, { reps: [1, times] });
  return { ...repeated, shape: [...x.shape.slice(0, 3), x.shape[3]! * times] };
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
    // tfjs's layers pass null.
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
}

function checkGradient(dy: TensorInfo, info: backend_util.Conv2DInfo): void {
  if (dy.shape.join() !== info.outShape.join()) {
    throw new RangeError(
      `depthwise convolution: \`dy\` must have the output's shape [${info.outShape}], got [${dy.shape}].`,
    );
  }
}

/** Products that one thread adds up in a nanosecond. */
const PRODUCTS_PER_NANOSECOND = 1.5;

function durationOf({
  batchSize,
  outHeight,
  outWidth,
  outChannels,
  filterHeight,
  filterWidth,
}: backend_util.Conv2DInfo) {
  return (batchSize * outHeight * outWidth * outChannels * filterHeight * filterWidth) / PRODUCTS_PER_NANOSECOND;
}

function sizesOf(info: backend_util.Conv2DInfo): number[] {
  return [
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
  ];
}
