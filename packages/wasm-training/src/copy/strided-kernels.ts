import { slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { copyStrided, stridesOf } from './copy-strided.js';
import { isPlain } from './fill.js';
import { share } from './share-kernels.js';

/** Registers the kernels whose results are their input in another order. */
export function registerStridedKernels(): void {
  replaceKernel('Transpose', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    const perm = attrs['perm'] as readonly number[];
    if (!isPlain(x.dtype)) return undefined;
    const strides = stridesOf(x.shape);
    const axes = perm.map((axis) => ({ size: x.shape[axis]!, stride: strides[axis]! }));
    const shape = perm.map((axis) => x.shape[axis]!);
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return share(backend, x, shape);
    return copyStrided(backend, x, shape, axes);
  });
  replaceKernel('Reverse', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    if (!isPlain(x.dtype)) return undefined;
    const dims = new Set(util.parseAxisParam(attrs['dims'] as number | number[], x.shape));
    const strides = stridesOf(x.shape);
    const axes = x.shape.map((size, axis) => ({ size, stride: dims.has(axis) ? -strides[axis]! : strides[axis]! }));
    const start = axes.reduce((sum, { size, stride }) => (stride < 0 ? sum - (size - 1) * stride : sum), 0);
    return copyStrided(backend, x, x.shape, axes, start);
  });
  replaceKernel('StridedSlice', stridedSlice);
}

function stridedSlice({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  if (!isPlain(x.dtype)) return undefined;
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].map(
    (name) => attrs[name] as number,
  );
  const [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] = masks as [
    number,
    number,
    number,
    number,
    number,
  ];
  const info = slice_util.sliceInfo(
    [...x.shape],
    attrs['begin'] as number[],
    attrs['end'] as number[],
    attrs['strides'] as number[],
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  const { begin, end, strides: steps, finalShape } = info;
  // An axis that ends before it begins has nothing.
  const sizes = slice_util.computeOutShape(begin, end, steps).map((size) => Math.max(size, 0));
  const strides = stridesOf(x.shape);
  const axes = sizes.map((size, axis) => ({ size, stride: steps[axis]! * strides[axis]! }));
  const start = begin.reduce((sum, from, axis) => sum + from * strides[axis]!, 0);
  return copyStrided(backend, x, finalShape, axes, start);
}
