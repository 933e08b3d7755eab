import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { makeOutput } from '../backend/backend-memory.js';
import { replaceKernel } from '../backend/replace-kernel.js';

/**
 * Registers what tfjs's kernels along an axis do where there is none, which they do not look at (`Cumsum` of a scalar never ends), or
 * nothing along it, by which they divide.
 */
export function registerEmptyAxisKernels(): void {
  for (const kernelName of ['Cumsum', 'Cumprod']) {
    replaceKernel(kernelName, ({ inputs, attrs, backend }) => {
      const { x } = inputs as { x: TensorInfo };
      util.parseAxisParam(attrs['axis'] as number, x.shape);
      return util.sizeFromShape(x.shape) === 0 ? makeOutput(backend, x.shape, x.dtype) : undefined;
    });
  }
  replaceKernel('Softmax', ({ inputs, attrs }) => {
    util.parseAxisParam(attrs['dim'] as number, inputs['logits']!.shape);
    return undefined;
  });
  replaceKernel('TopK', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    if (util.sizeFromShape(x.shape) > 0) return undefined;
    const shape = [...x.shape.slice(0, -1), attrs['k'] as number];
    // tfjs types several outputs as one.
    return [makeOutput(backend, shape, x.dtype), makeOutput(backend, shape, 'int32')] as unknown as TensorInfo;
  });
  for (const kernelName of ['ResizeBilinear', 'ResizeNearestNeighbor', 'CropAndResize']) {
    replaceKernel(kernelName, ({ inputs }) => {
      const { shape } = (inputs['images'] ?? inputs['image'])!;
      if (shape.every((size, axis) => size > 0 || axis === 0 || axis === 3)) return undefined;
      throw new RangeError(`${kernelName}: images of shape [${shape}] have no pixels.`);
    });
  }
}
