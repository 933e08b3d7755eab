import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type NumericDataType, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput, withNumbers } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { type KernelAnswer, type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel, type Work } from '../backend/run-kernel.js';
import { mergeRepeats, mergeSlice } from './copy-layout.js';

/**
 * Registers the kernels that only move numbers. tfjs's slice copies its whole input first, whatever it takes from it, and
 * its tile and gather go number by number.
 */
export function registerCopyKernels(): void {
  replaceKernel('Slice', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    if (x.dtype === 'string') return undefined;
    const tensor = x as Parameters<typeof slice_util.parseSliceParams>[0];
    const parameters = slice_util.parseSliceParams(tensor, attrs['begin'] as number[], attrs['size'] as number[]);
    const [begin, size] = parameters as [number[], number[]];
    slice_util.assertParamsValid(tensor, begin, size);
    return slice(backend, x, begin, size);
  });
  replaceKernel('SplitV', asSeveral(splitV));
  replaceKernel('Unpack', asSeveral(unpack));
  replaceKernel('Concat', ({ inputs, attrs, backend }) =>
    concat(backend, Object.values(inputs), attrs['axis'] as number),
  );
  replaceKernel('Pack', ({ inputs, attrs, backend }) => pack(backend, Object.values(inputs), attrs['axis'] as number));
  replaceKernel('Tile', tile);
  replaceKernel('GatherV2', gather);
}

/** A kernel with several outputs; tfjs types them as one. */
function asSeveral(answer: (call: KernelCall) => TensorInfo[] | undefined): KernelAnswer {
  return answer as unknown as KernelAnswer;
}

function slice(backend: BackendWasm, x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
  const out = makeOutput(backend, size, x.dtype);
  if (util.sizeFromShape(out.shape) === 0) return out;
  const bytes = bytesOf(x);
  let to = addressOf(backend, out);
  const from = addressOf(backend, x);
  for (const run of mergeSlice(x.shape, begin, size)) {
    const length = run.length * bytes;
    runKernel(backend, 'copyRuns', copying(run.count, length), [
      from + run.start * bytes,
      run.stride * bytes,
      to,
      length,
      length,
    ]);
    to += run.count * run.length * bytes;
  }
  return out;
}

function splitV({ inputs, attrs, backend }: KernelCall): TensorInfo[] | undefined {
  const { x } = inputs as { x: TensorInfo };
  if (x.dtype === 'string') return undefined;
  const axis = util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!;
  const sizes = backend_util.prepareSplitSize(
    x as Parameters<typeof backend_util.prepareSplitSize>[0],
    attrs['numOrSizeSplits'] as number | number[],
    axis,
  );
  let start = 0;
  return sizes.map((length) => {
    const part = slice(
      backend,
      x,
      x.shape.map((_, i) => (i === axis ? start : 0)),
      withAxis(x.shape, axis, length),
    );
    start += length;
    return part;
  });
}

function unpack({ inputs, attrs, backend }: KernelCall): TensorInfo[] | undefined {
  const { value } = inputs as { value: TensorInfo };
  if (value.dtype === 'string') return undefined;
  const axis = util.parseAxisParam(attrs['axis'] as number, value.shape)[0]!;
  const size = withAxis(value.shape, axis, 1);
  return Array.from({ length: value.shape[axis]! }, (_, i) => ({
    ...slice(
      backend,
      value,
      value.shape.map((_, j) => (j === axis ? i : 0)),
      size,
    ),
    shape: value.shape.toSpliced(axis, 1),
  }));
}

function concat(backend: BackendWasm, inputs: readonly TensorInfo[], axisParameter: number): TensorInfo | undefined {
  const axis = util.parseAxisParam(axisParameter, inputs[0]!.shape)[0]!;
  const dtype = inputs[0]!.dtype;
  if (inputs.some((input) => input.dtype !== dtype) || dtype === 'string') return undefined;
  const shapes = inputs.map(({ shape }) => shape);
  backend_util.assertParamsConsistent(shapes, axis);
  const out = makeOutput(backend, backend_util.computeOutShape(shapes, axis), dtype);
  const rowBytes = util.sizeFromShape(out.shape.slice(axis)) * bytesOf(out);
  const count = util.sizeFromShape(out.shape.slice(0, axis));
  let to = addressOf(backend, out);
  for (const input of inputs) {
    const bytes = util.sizeFromShape(input.shape.slice(axis)) * bytesOf(out);
    if (bytes * count > 0) {
      runKernel(backend, 'copyRuns', copying(count, bytes), [addressOf(backend, input), bytes, to, rowBytes, bytes]);
    }
    to += bytes;
  }
  return out;
}

function pack(backend: BackendWasm, inputs: readonly TensorInfo[], axisParameter: number): TensorInfo | undefined {
  const [first, ...rest] = inputs as [TensorInfo, ...TensorInfo[]];
  for (const { shape, dtype } of rest) {
    util.assertShapesMatch(first.shape, shape, 'All tensors passed to stack must have matching shapes');
    util.assert(dtype === first.dtype, () => 'All tensors passed to stack must have matching dtypes');
  }
  const axis = axisParameter < 0 ? axisParameter + first.shape.length + 1 : axisParameter;
  return concat(
    backend,
    inputs.map((input) => ({ ...input, shape: input.shape.toSpliced(axis, 0, 1) })),
    axis,
  );
}

function tile({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  const { reps } = attrs as { reps: readonly number[] };
  const shape = x.shape.map((size, axis) => size * reps[axis]!);
  if (x.dtype === 'string' || util.sizeFromShape(shape) === 0) return undefined;
  let current: TensorInfo = x;
  for (const { count, length, times } of mergeRepeats(x.shape, reps)) {
    const next = makeOutput(backend, [count * times * length], x.dtype);
    const bytes = length * bytesOf(x);
    const addresses = [addressOf(backend, current), addressOf(backend, next)];
    runKernel(backend, 'repeatRuns', copying(count, bytes * times), [...addresses, bytes, times]);
    if (current !== x) backend.disposeData(current.dataId);
    current = next;
  }
  if (current === x) backend.incRef(x.dataId);
  return { dataId: current.dataId, shape, dtype: x.dtype };
}

function gather({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const { axis, batchDims = 0 } = attrs as { axis: number; batchDims?: number };
  if (x.dtype === 'string' || indices.dtype !== 'int32' || batchDims !== 0) return undefined;
  const gathered = util.parseAxisParam(axis, x.shape)[0]!;
  const rows = x.shape[gathered]!;
  const outer = x.shape.slice(0, gathered);
  const inner = x.shape.slice(gathered + 1);
  const out = makeOutput(backend, [...outer, ...indices.shape, ...inner], x.dtype);
  if (util.sizeFromShape(out.shape) === 0) return out;
  const bytes = util.sizeFromShape(inner) * bytesOf(x);
  const count = util.sizeFromShape(indices.shape);
  const addresses = [x, indices, out].map((tensor) => addressOf(backend, tensor));
  // NaN for floats that are not there.
  const absent = x.dtype === 'float32' ? 0xff : 0;
  withNumbers(backend, [0], (fault) => {
    const work = copying(util.sizeFromShape(outer) * count, bytes);
    runKernel(backend, 'gatherRuns', work, [...addresses, rows, count, bytes, absent, fault]);
    if (!isFault(backend, fault)) return;
    backend.disposeData(out.dataId);
    const index = backend.typedArrayFromHeap(indices).find((index) => index < 0 || index >= rows);
    throw new Error(`GatherV2: the index value ${index} is not in [0, ${rows - 1}]`);
  });
  return out;
}

/**
 * Whether a kernel has set the number at `fault`. What is recorded has not run, and its addresses are not of this memory: a program that
 * gathers with an index that is not there goes on, with NaN, or 0 for what is no float.
 */
function isFault(backend: BackendWasm, fault: number): boolean {
  const { buffer } = kernelModule(backend).memory;
  return fault + 4 <= buffer.byteLength && new Int32Array(buffer, fault, 1)[0] !== 0;
}

/** What copying `count` runs of `bytes` bytes costs one thread, about. */
function copying(count: number, bytes: number): Work {
  return { units: count, nanoseconds: count * (2 + bytes / BYTES_PER_NANOSECOND) };
}

const BYTES_PER_NANOSECOND = 8;

function withAxis(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((old, i) => (i === axis ? size : old));
}

function bytesOf({ dtype }: TensorInfo): number {
  return util.bytesPerElement(dtype as NumericDataType);
}
