import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats } from '../backend/in-floats.js';
import { kernelModule } from '../backend/kernel-module.js';
import { replaceKernel } from '../backend/replace-kernel.js';

/** Registers `UnsortedSegmentSum`, the gradient of gathering rows (of an embedding, for one). */
export function registerSegmentKernel(): void {
  replaceKernel('UnsortedSegmentSum', ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as { numSegments: number };
    const rows = util.sizeFromShape(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
    return inFloats(backend, x, (values) => {
      const sums = makeOutput(backend, [numSegments, ...rest]);
      kernelModule(backend).functions['segmentSum']!(
        addressOf(backend, values),
        addressOf(backend, segmentIds),
        addressOf(backend, sums),
        rows,
        util.sizeFromShape(rest),
        numSegments,
      );
      return sums;
    });
  });
}
