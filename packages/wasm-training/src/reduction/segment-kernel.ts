import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats } from '../backend/in-floats.js';
import { kernelModule } from '../backend/kernel-module.js';
import { replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';

/** Registers `UnsortedSegmentSum`, the gradient of gathering rows (of an embedding, for one). */
export function registerSegmentKernel(): void {
  replaceKernel('UnsortedSegmentSum', ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as { numSegments: number };
    const rows = util.sizeFromShape(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
    return inFloats(backend, x, (values) => {
      const sums = makeOutput(backend, [numSegments, ...rest]);
      const width = util.sizeFromShape(rest);
      const units = kernelModule(backend).functions['segmentSumUnits']!(width);
      const addresses = [values, segmentIds, sums].map((tensor) => addressOf(backend, tensor));
      const work = { units, nanoseconds: ((rows + numSegments) * width) / ADDED_PER_NANOSECOND };
      runKernel(backend, 'segmentSum', work, [...addresses, rows, width, numSegments]);
      return sums;
    });
  });
}

/** Numbers that one thread adds in a nanosecond. */
const ADDED_PER_NANOSECOND = 2;
