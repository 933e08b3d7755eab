import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { kernelModule } from './kernel-module.js';
import { callKernel, replaceKernel } from './replace-kernel.js';

/** Registers `UnsortedSegmentSum`, the gradient of gathering rows (of an embedding, for one). */
export function registerSegmentKernel(): void {
  replaceKernel('UnsortedSegmentSum', ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as { numSegments: number };
    // Sums of whole numbers below 2 ** 24 are exact in float32, which is also what tfjs's cpu backend computes in.
    const values = x.dtype === 'float32' ? x : callKernel('Cast', backend, { x }, { dtype: 'float32' });
    const rows = util.sizeFromShape(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
    const sums = makeOutput(backend, [numSegments, ...rest]);
    kernelModule(backend).functions['segmentSum']!(
      addressOf(backend, values),
      addressOf(backend, segmentIds),
      addressOf(backend, sums),
      rows,
      util.sizeFromShape(rest),
      numSegments,
    );
    if (values === x) return sums;
    backend.disposeData(values.dataId);
    const converted = callKernel('Cast', backend, { x: sums }, { dtype: x.dtype });
    backend.disposeData(sums.dataId);
    return converted;
  });
}
