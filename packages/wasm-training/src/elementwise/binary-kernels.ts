import { broadcast_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { copyBroadcast } from '../copy/copy-strided.js';
import { reductionLayout } from '../reduction/reduction-steps.js';

/** A function of assembly/ and the arguments before the tensors. */
interface Zip {
  readonly name: string;
  readonly code: readonly number[];
}

/** Of the operation, and with its operands the other way round, if there is one. */
type Operation = readonly [plain: Zip, swapped?: Zip];

/** By the type of the numbers. */
type Operations = Readonly<Partial<Record<DataType, Operation>>>;

/** One of `zip`'s, as assembly/zip.ts counts them. */
function coded(code: number, swapped = code): Operation {
  return [
    { name: 'zip', code: [code] },
    { name: 'zip', code: [swapped] },
  ];
}

function named(name: string, swapped = name): Operation {
  return [
    { name, code: [] },
    { name: swapped, code: [] },
  ];
}

const OPERATIONS: Readonly<Record<string, Operations>> = {
  Maximum: { float32: coded(0), int32: named('maximumOfIntegers') },
  Minimum: { float32: coded(1), int32: named('minimumOfIntegers') },
  Add: { float32: coded(2), int32: named('addIntegers') },
  Sub: { float32: coded(3, 6), int32: named('subtractIntegers', 'subtractIntegersFrom') },
  Multiply: { float32: coded(4), int32: named('multiplyIntegers') },
  RealDiv: { float32: coded(5, 7) },
  SquaredDifference: { float32: named('squaredDifference') },
};

const PRELU: Operation = [{ name: 'prelu', code: [] }];

/** Registers the functions of two numbers. */
export function registerBinaryKernels(): void {
  for (const [kernelName, operations] of Object.entries(OPERATIONS)) {
    replaceKernel(kernelName, ({ inputs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const operation = operations[a.dtype];
      return operation && a.dtype === b.dtype ? zip(backend, a, b, operation) : undefined;
    });
  }
  replaceKernel('Prelu', ({ inputs, backend }) => {
    const { x, alpha } = inputs as { x: TensorInfo; alpha: TensorInfo };
    return x.dtype === 'float32' && alpha.dtype === 'float32' ? zip(backend, x, alpha, PRELU) : undefined;
  });
}

/** Numbers of a row where the operands have no rows of their own. */
const ROW = 4096;

/** What a number costs one thread, about: it mostly waits for memory. */
const NANOSECONDS = 0.4;

function zip(backend: KernelCall['backend'], a: TensorInfo, b: TensorInfo, [plain, swapped]: Operation): TensorInfo {
  const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const count = util.sizeFromShape(shape);
  if (count === 0) return makeOutput(backend, shape, a.dtype);
  const copies: TensorInfo[] = [];
  const broadcast = (x: TensorInfo) => {
    const copy = copyBroadcast(backend, x, shape);
    copies.push(copy);
    return copy;
  };
  const isSwapped =
    util.sizeFromShape(a.shape) < count && util.sizeFromShape(b.shape) === count && swapped !== undefined;
  const operation = isSwapped ? swapped : plain;
  let [large, small] = isSwapped ? [b, a] : [a, b];
  if (util.sizeFromShape(large.shape) < count) large = broadcast(large);
  let layout = repetition(shape, small.shape);
  if (layout === undefined) {
    small = broadcast(small);
    layout = { width: ROW, times: 1, isNumber: false };
  }
  const out = makeOutput(backend, shape, a.dtype);
  const { width, times, isNumber } = layout;
  runKernel(backend, operation.name, { units: Math.ceil(count / width), nanoseconds: count * NANOSECONDS }, [
    ...operation.code,
    addressOf(backend, large),
    addressOf(backend, small),
    Number(isNumber),
    addressOf(backend, out),
    count,
    width,
    times,
  ]);
  for (const { dataId } of copies) backend.disposeData(dataId);
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
