import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';

/** Registers the kernels that give a tensor another name or shape, which needs no copy of its numbers. */
export function registerShareKernels(): void {
  replaceKernel('Identity', ({ inputs, backend }) => share(backend, inputs['x']!));
  replaceKernel('Reshape', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    const size = util.sizeFromShape(x.shape);
    const shape = util.inferFromImplicitShape(attrs['shape'] as number[], size);
    util.assert(
      size === util.sizeFromShape(shape),
      () =>
        `new shape: ${shape}, old shape: ${x.shape}. New shape and old shape must have the same number of elements.`,
    );
    return share(backend, x, shape);
  });
  replaceKernel('ExpandDims', ({ inputs, attrs, backend }) => {
    const { shape } = inputs['input']!;
    const dim = attrs['dim'] as number;
    util.assert(
      -(shape.length + 1) <= dim && dim <= shape.length,
      () => `Axis must be in the interval [${-(shape.length + 1)}, ${shape.length}]`,
    );
    return share(backend, inputs['input']!, shape.toSpliced(dim < 0 ? shape.length + dim + 1 : dim, 0, 1));
  });
}

/** The numbers of `x` as a tensor of their own, of shape `shape`; `undefined` where tfjs keeps them elsewhere. */
export function share(
  backend: KernelCall['backend'],
  x: TensorInfo,
  shape: readonly number[] = x.shape,
): TensorInfo | undefined {
  if (x.dtype === 'string' || x.dtype === 'complex64') return undefined;
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}
