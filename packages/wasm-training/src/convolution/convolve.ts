import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { PRODUCTS_PER_NANOSECOND, runKernelWithScratch, threadsFor } from '../backend/run-kernel.js';
import { type ConvolutionGeometry, outputShape, type Pair } from './convolution-geometry.js';
import { partsOf, withGather } from './gather.js';
import { type GatherPlan, planForward, planInputGradient } from './gather-plan.js';
import { segmentsOf, sumSegments } from './sum-segments.js';

/** Output pixels that the filter gradient takes at a time: enough to pay for a tile, few enough to stay in cache. */
const BLOCK_PIXELS = 256;

/** Columns, times taps, of a part of the filter gradient: each packs the input again. */
const PART_COLUMNS = 64;

/** The convolution of x [batch, h, w, groups * inChannels] with a filter [h, w, inChannels, groups * outChannels]. */
export function convolve(
  backend: BackendWasm,
  x: TensorInfo,
  filter: TensorInfo,
  geometry: ConvolutionGeometry,
): TensorInfo {
  const y = makeOutput(backend, outputShape(geometry));
  gather(backend, planForward(geometry), x, geometry.input, y, geometry.output, filter, geometry, false);
  return y;
}

/** The gradient of a convolution with respect to its input, from dy [batch, h, w, groups * outChannels]. */
export function convolveInputGradient(
  backend: BackendWasm,
  dy: TensorInfo,
  filter: TensorInfo,
  geometry: ConvolutionGeometry,
): TensorInfo {
  const { batch, input, output, groups, inChannels } = geometry;
  const dx = makeOutput(backend, [batch, ...input, groups * inChannels]);
  for (const plan of planInputGradient(geometry)) gather(backend, plan, dy, output, dx, input, filter, geometry, true);
  return dx;
}

/** The gradient of a convolution with respect to its filter. */
export function convolveFilterGradient(
  backend: BackendWasm,
  x: TensorInfo,
  dy: TensorInfo,
  geometry: ConvolutionGeometry,
): TensorInfo {
  const { batch, input, output, kernel, strides, dilations, padding, groups, inChannels, outChannels } = geometry;
  const dw = makeOutput(backend, [...kernel, inChannels, groups * outChannels]);
  const { functions } = kernelModule(backend);
  const [height, width] = output;
  const rows = Math.min(height, Math.max(1, Math.round(BLOCK_PIXELS / width)));
  const images = rows < height ? 1 : Math.min(batch, Math.max(1, Math.round(BLOCK_PIXELS / (height * width))));
  const scratch = functions['filterGradientScratch']!(
    images,
    rows,
    width,
    ...kernel,
    ...strides,
    ...dilations,
    inChannels,
    outChannels,
  );
  const size = util.sizeFromShape(dw.shape);
  const blocks = Math.ceil(batch / images) * Math.ceil(height / rows) || 0;
  const segments = Math.min(segmentsOf(batch * height * width, size), Math.max(blocks, 1));
  const padded = kernel[0] * kernel[1] * (Math.ceil(inChannels / 4) * 4) * groups * (Math.ceil(outChannels / 8) * 8);
  const nanoseconds = (batch * height * width * padded) / PRODUCTS_PER_NANOSECOND;
  const partColumns = Math.max(8, PART_COLUMNS / (kernel[0] * kernel[1]));
  const threads = threadsFor(backend, nanoseconds);
  const parts = partsOf(segments, groups * outChannels, groups, threads, partColumns);
  sumSegments(backend, dw, segments, (segments, others, stride) => {
    runKernelWithScratch(backend, 'filterGradient', { units: segments * parts, nanoseconds, scratch }, [
      addressOf(backend, x),
      ...input,
      addressOf(backend, dy),
      ...output,
      addressOf(backend, dw),
      others,
      stride,
      batch,
      ...kernel,
      ...strides,
      ...dilations,
      ...padding,
      inChannels,
      outChannels,
      groups,
      images,
      rows,
      segments,
      parts,
    ]);
  });
  return dw;
}

function gather(
  backend: BackendWasm,
  plan: GatherPlan,
  source: TensorInfo,
  sourceSize: Pair,
  target: TensorInfo,
  targetSize: Pair,
  filter: TensorInfo,
  { batch, groups, inChannels, outChannels }: ConvolutionGeometry,
  transposed: boolean,
): void {
  const filterRow = groups * outChannels * 4;
  const layout = {
    depth: transposed ? outChannels : inChannels,
    width: transposed ? inChannels : outChannels,
    groups,
    tapStride: inChannels * filterRow,
    depthStride: transposed ? 4 : filterRow,
    widthStride: transposed ? filterRow : 4,
    groupStride: outChannels * 4,
  };
  withGather(backend, plan, { batch, source: sourceSize, target: targetSize }, layout, (run) =>
    run(addressOf(backend, source), addressOf(backend, filter), addressOf(backend, target)),
  );
}
