import { shapeOf } from '../trace/source.js';
import type { RecordedOp, Trace } from '../trace/trace.js';

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

function flopsOf(op: RecordedOp, trace: Trace): number | undefined {
  const input = (i: number) => shapeOf(op.inputs[i]!, trace);
  const output = op.outputs[0]!.shape;
  switch (op.name) {
    case 'Conv2D':
      return convolutionFlops(output, input(1));
    case 'Conv2DBackpropInput':
      return convolutionFlops(input(2), input(1));
    case 'Conv2DBackpropFilter':
      return convolutionFlops(input(2), output);
    case 'MatMul':
    case 'BatchMatMulV2': {
      // Both factors have the inner size, whichever is transposed, and the product lacks it.
      const batch = sizeOf(output.slice(0, -2));
      return 2 * Math.sqrt((sizeOf(output) * sizeOf(input(0)) * sizeOf(input(1))) / batch);
    }
    default:
      return undefined;
  }
}

/** @param y images `[batch, height, width, out]` that a convolution makes, and its `filter` `[height, width, in, out]` */
function convolutionFlops(y: readonly number[], filter: readonly number[]): number {
  return 2 * sizeOf(y) * sizeOf(filter.slice(0, 3));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
