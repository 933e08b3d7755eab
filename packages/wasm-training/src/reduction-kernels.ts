import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { kernelModule } from './kernel-module.js';
import { type KernelCall, replaceKernel } from './replace-kernel.js';
import { runKernel } from './run-kernel.js';

/** Registers `Sum` and `Mean` over neighbouring axes, in place: tfjs moves them to the end with a transpose first. */
export function registerReductionKernels(): void {
  replaceKernel('Sum', (call) => reduce(call, () => 1));
  replaceKernel('Mean', (call) => reduce(call, (count) => 1 / count));
}

function reduce({ inputs, attrs, backend }: KernelCall, factor: (count: number) => number): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  const { axis, keepDims } = attrs as { axis: number | number[]; keepDims?: boolean };
  if (x.dtype !== 'float32') return undefined;
  const axes = util.parseAxisParam(axis, x.shape);
  const layout = reductionLayout(x.shape, axes);
  if (layout === undefined) return undefined;
  const [outer, reduced, inner] = layout;
  if (outer * reduced * inner === 0) return undefined;
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const out = makeOutput(backend, keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape);
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
