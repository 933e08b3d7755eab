import { flopsOf } from '../trace/flops.js';
import type { Trace } from '../trace/trace.js';

/**
 * Below so many floating-point operations per convolution or product of matrices, divided by the cores, an op is done sooner
 * than other threads have woken up to help. Measured with TensorFlow 2.21 on 2 cores: NF networks run twice as fast on one
 * thread per op at 9 million, 1.1 times at 34, equally at 69.
 */
const WORTH_SHARING = 80e6;

/** How many threads each op of these steps should be split among; undefined for as many as TensorFlow wants. */
export function intraOpThreads(traces: readonly Trace[], cores: number): number | undefined {
  const isSmall = traces.every((trace) => meanFlops(trace) < WORTH_SHARING / cores);
  // Ops still run side by side.
  return isSmall ? 1 : undefined;
}

/** Floating-point operations of a trace's convolutions and products of matrices, on average; infinite for one without any. */
function meanFlops(trace: Trace): number {
  const flops = trace.ops.map((op) => flopsOf(op, trace)).filter((count) => count !== undefined);
  if (flops.length === 0) return Number.POSITIVE_INFINITY;
  return flops.reduce((sum, count) => sum + count, 0) / flops.length;
}
