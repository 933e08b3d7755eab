import { shapeOf } from './source.js';
import type { RecordedOp, Trace } from './trace.js';

/** Floating-point operations of a convolution, of its gradients, or of a product of matrices; undefined for other ops. */
export function flopsOf(op: RecordedOp, trace: Trace): number | undefined {
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
