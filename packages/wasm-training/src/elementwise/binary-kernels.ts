import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { reductionLayout } from '../reduction/reduction-steps.js';

interface Operation {
  /** As assembly/elementwise.ts counts operations. */
  readonly code: number;
  /** The operation with its operands the other way round. */
  readonly swapped: number;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  Maximum: { code: 0, swapped: 0 },
  Minimum: { code: 1, swapped: 1 },
  Add: { code: 2, swapped: 2 },
  Sub: { code: 3, swapped: 6 },
  Multiply: { code: 4, swapped: 4 },
  RealDiv: { code: 5, swapped: 7 },
};

/** Registers the functions of two numbers, where one operand has the result's shape and the other's axes repeat in one place. */
export function registerBinaryKernels(): void {
  for (const [kernelName, operation] of Object.entries(OPERATIONS)) {
    replaceKernel(kernelName, (call) => compute(call, operation));
  }
}

/** Numbers of a row where the operands have no rows of their own. */
const ROW = 4096;

/** What a number costs one thread, about: it mostly waits for memory. */
const NANOSECONDS = 0.4;

function compute({ inputs, backend }: KernelCall, { code, swapped }: Operation): TensorInfo | undefined {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const [sizeOfA, sizeOfB] = [util.sizeFromShape(a.shape), util.sizeFromShape(b.shape)];
  const [large, small] = sizeOfA >= sizeOfB ? [a, b] : [b, a];
  const count = Math.max(sizeOfA, sizeOfB);
  const nanoseconds = count * NANOSECONDS;
  if (count === 0) return undefined;
  const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  if (util.sizeFromShape(shape) !== count) return undefined;
  const layout = repetition(large.shape, small.shape);
  if (layout === undefined) return undefined;
  const out = makeOutput(backend, shape);
  const { width, times, isNumber } = layout;
  runKernel(backend, 'zip', { units: Math.ceil(count / width), nanoseconds }, [
    large === a ? code : swapped,
    addressOf(backend, large),
    addressOf(backend, small),
    Number(isNumber),
    addressOf(backend, out),
    count,
    width,
    times,
  ]);
  return out;
}

/**
 * How an operand of shape `small` repeats over one of shape `large`: each of its rows of `width` numbers, or each of its numbers,
 * serves `times` rows of the other one after the other. `undefined` where it repeats in more than one place.
 */
export function repetition(
  large: readonly number[],
  small: readonly number[],
): { readonly width: number; readonly times: number; readonly isNumber: boolean } | undefined {
  const missing = large.length - small.length;
  const repeated = large.flatMap((_, axis) => (small[axis - missing] === large[axis] ? [] : [axis]));
  const layout = reductionLayout(large, repeated);
  if (layout === undefined) return undefined;
  const [outer, times, width] = layout;
  // One number for all, or one for each.
  if (outer * width === 1) return { width: ROW, times: 2 ** 31 - 1, isNumber: true };
  if (times === 1) return { width: ROW, times: 1, isNumber: false };
  return width === 1 ? { width: times, times: 1, isNumber: true } : { width, times, isNumber: false };
}
