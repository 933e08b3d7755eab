import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, wholeLines, withLines } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { runKernel } from '../backend/run-kernel.js';

/** Pixels of a segment at least: so many that adding up the segments is less than a hundredth of the work. */
const SEGMENT_PIXELS = 1024;

/** Floats that the sums of all segments may take, and segments at most. */
const MAX_FLOATS = 2 ** 21;
const MAX_SEGMENTS = 16;

/** Numbers that a thread adds in a nanosecond. */
const ADDED_PER_NANOSECOND = 2;

/**
 * Into how many segments, for threads to share, to cut the pixels over which a filter gradient of `size` numbers is a sum. Never a
 * matter of how many threads there are: the same sums in the same order have the same bits.
 */
export function segmentsOf(pixels: number, size: number): number {
  const affordable = Math.min(Math.floor(pixels / SEGMENT_PIXELS), Math.floor(MAX_FLOATS / Math.max(size, 1)));
  return Math.min(Math.max(affordable, 1), MAX_SEGMENTS);
}

/**
 * Fills `total` with the sum over `segments` segments: `compute` writes that of the first to `total` and those of the others to the
 * address it gets, so many bytes apart.
 */
export function sumSegments(
  backend: BackendWasm,
  total: TensorInfo,
  segments: number,
  compute: (segments: number, others: number, stride: number) => void,
): void {
  if (segments === 1) {
    compute(1, 0, 0);
    return;
  }
  const size = util.sizeFromShape(total.shape);
  const stride = wholeLines(size);
  withLines(backend, (segments - 1) * stride, (others) => {
    compute(segments, others, 4 * stride);
    const units = kernelModule(backend).functions['addOthersUnits']!(size);
    const work = { units, nanoseconds: (size * segments) / ADDED_PER_NANOSECOND };
    runKernel(backend, 'addOthers', work, [addressOf(backend, total), others, 4 * stride, size, segments - 1]);
  });
}
