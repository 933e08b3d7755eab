import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';

/** What a reduction of no numbers gives, as TensorFlow has it; tfjs's kernels leave what lay in the memory of the result. */
const OF_NOTHING: Readonly<Record<string, number>> = {
  Sum: 0,
  Mean: Number.NaN,
  Prod: 1,
  Max: -Infinity,
  Min: Infinity,
  Any: 0,
  All: 1,
};

/**
 * Registers `Sum` and `Mean` over neighbouring axes, in place, where tfjs moves them to the end with a transpose first, and what every
 * reduction gives where there is nothing to reduce.
 */
export function registerReductionKernels(): void {
  const ofNumbers: Readonly<Record<string, (call: KernelCall) => TensorInfo | undefined>> = {
    Sum: (call) => reduce(call, () => 1),
    Mean: (call) => reduce(call, (count) => 1 / count),
  };
  for (const [kernelName, value] of Object.entries(OF_NOTHING)) {
    replaceKernel(kernelName, (call) => {
      const isEmpty = util.sizeFromShape(call.inputs['x']!.shape) === 0;
      return isEmpty ? reduceNothing(kernelName, call, value) : ofNumbers[kernelName]?.(call);
    });
  }
  for (const kernelName of ['ArgMax', 'ArgMin']) {
    replaceKernel(kernelName, (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      if (util.sizeFromShape(x.shape) > 0) return undefined;
      const out = makeOutput(call.backend, outputShapeOf(call), 'int32');
      if (util.sizeFromShape(out.shape) === 0) return out;
      call.backend.disposeData(out.dataId);
      throw new RangeError(
        `${kernelName}: a tensor of shape [${x.shape}] has nothing along axis ${call.attrs['axis']} to choose from.`,
      );
    });
  }
}

function reduceNothing(kernelName: string, call: KernelCall, value: number): TensorInfo {
  const dtype = kernelName === 'Mean' ? 'float32' : call.inputs['x']!.dtype;
  const out = makeOutput(call.backend, outputShapeOf(call), dtype);
  // Whole numbers have a least and a largest instead of infinities.
  const bound = dtype === 'int32' ? Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1) : value;
  if (util.sizeFromShape(out.shape) > 0) call.backend.typedArrayFromHeap(out).fill(bound);
  return out;
}

function outputShapeOf({ inputs, attrs }: KernelCall): number[] {
  const { shape } = inputs['x']!;
  const axes = util.parseAxisParam((attrs['reductionIndices'] ?? attrs['axis']) as number | number[], shape);
  const [out] = backend_util.computeOutAndReduceShapes(shape, axes);
  return attrs['keepDims'] ? backend_util.expandShapeToKeepDim(out, axes) : out;
}

function reduce(call: KernelCall, factor: (count: number) => number): TensorInfo | undefined {
  const { inputs, attrs, backend } = call;
  const { x } = inputs as { x: TensorInfo };
  if (x.dtype !== 'float32') return undefined;
  const layout = reductionLayout(x.shape, util.parseAxisParam(attrs['axis'] as number | number[], x.shape));
  if (layout === undefined) return undefined;
  const [outer, reduced, inner] = layout;
  const out = makeOutput(backend, outputShapeOf(call));
  const work = {
    units: kernelModule(backend).functions['sumUnits']!(outer, inner),
    nanoseconds: (outer * reduced * inner) / ADDED_PER_NANOSECOND,
  };
  runKernel(backend, 'sum', work, [
    addressOf(backend, x),
    addressOf(backend, out),
    outer,
    reduced,
    inner,
    factor(reduced),
  ]);
  return out;
}

/** Numbers that one thread adds up in a nanosecond. */
const ADDED_PER_NANOSECOND = 6;

/**
 * Sizes [outer, reduced, inner] of `shape` with the axes to reduce in the middle; `undefined` where axes that stay lie between
 * them.
 */
export function reductionLayout(
  shape: readonly number[],
  axes: readonly number[],
): readonly [outer: number, reduced: number, inner: number] | undefined {
  const sizes: [number, number, number] = [1, 1, 1];
  let part = 0;
  for (const [axis, size] of shape.entries()) {
    // An axis of one element may count as either kind.
    if (size === 1) continue;
    const isReduced = axes.includes(axis);
    if (isReduced === (part !== 1)) part++;
    if (part > 2) return undefined;
    sizes[part]! *= size;
  }
  return sizes;
}
