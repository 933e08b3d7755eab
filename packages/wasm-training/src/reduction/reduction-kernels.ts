import { backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats, withCast } from '../backend/in-floats.js';
import { kernelModule } from '../backend/kernel-module.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { fill } from '../copy/fill.js';
import { share } from '../copy/share-kernels.js';
import { type ReductionStep, reductionSteps } from './reduction-steps.js';

/** A kernel of a reduction: what it gives where there is nothing to reduce, as TensorFlow has it, and how it does a step. */
interface Reduction {
  readonly ofNothing: number;
  /** Function of assembly/ for a step, by the type of the numbers. */
  readonly names: Readonly<Partial<Record<DataType, string>>>;
}

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  Sum: { ofNothing: 0, names: { float32: 'sum', int32: 'foldIntegerSum' } },
  Mean: { ofNothing: Number.NaN, names: { float32: 'sum' } },
  Max: { ofNothing: -Infinity, names: { float32: 'foldMaximum', int32: 'foldIntegerMaximum' } },
  Min: { ofNothing: Infinity, names: { float32: 'foldMinimum', int32: 'foldIntegerMinimum' } },
  Prod: { ofNothing: 1, names: { float32: 'foldProduct', int32: 'foldIntegerProduct' } },
};

/** The reductions of booleans, and what they give of none. */
const OF_FLAGS = { Any: 0, All: 1 } as const;

/**
 * Registers the reductions, over any axes, in place, where tfjs moves the axes to the end with a transpose first, and shows what lay in
 * the memory of the result where there is nothing to reduce.
 */
export function registerReductionKernels(): void {
  for (const [kernelName, reduction] of Object.entries(REDUCTIONS)) {
    replaceKernel(kernelName, (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      if (util.sizeFromShape(x.shape) === 0) return reduceNothing(kernelName, call, reduction.ofNothing);
      if (kernelName === 'Mean') {
        const mean = (x: TensorInfo) => reduceNumbers(call, x, 'sum', true);
        return x.dtype === 'float32' ? mean(x) : withCast(call.backend, x, 'float32', mean);
      }
      const name = reduction.names[x.dtype];
      if (name !== undefined) return reduceNumbers(call, x, name, false);
      return inFloats(call.backend, x, (x) => reduceNumbers(call, x, reduction.names.float32!, false));
    });
  }
  for (const [kernelName, ofNothing] of Object.entries(OF_FLAGS)) {
    replaceKernel(kernelName, (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      if (util.sizeFromShape(x.shape) === 0) return reduceNothing(kernelName, call, ofNothing);
      return x.dtype === 'bool' ? reduceNumbers(call, x, `fold${kernelName}`, false) : undefined;
    });
  }
}

function reduceNothing(kernelName: string, call: KernelCall, value: number): TensorInfo {
  const dtype = kernelName === 'Mean' ? 'float32' : call.inputs['x']!.dtype;
  const out = makeOutput(call.backend, outputShapeOf(call), dtype);
  // Whole numbers have a least and a largest instead of infinities.
  fill(call.backend, out, dtype === 'int32' ? Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1) : value);
  return out;
}

function axesOf({ inputs, attrs }: KernelCall): number[] {
  return util.parseAxisParam((attrs['reductionIndices'] ?? attrs['axis']) as number | number[], inputs['x']!.shape);
}

function outputShapeOf(call: KernelCall): number[] {
  const axes = axesOf(call);
  const [out] = backend_util.computeOutAndReduceShapes(call.inputs['x']!.shape, axes);
  return call.attrs['keepDims'] ? backend_util.expandShapeToKeepDim(out, axes) : out;
}

/** Reduces the axes of `x` step by step; `run` writes what a step makes of the numbers at one address to another. */
function reduceBySteps(
  call: KernelCall,
  x: TensorInfo,
  run: (step: ReductionStep, from: number, to: number, isLast: boolean) => void,
): TensorInfo {
  const { backend } = call;
  const shape = outputShapeOf(call);
  const steps = reductionSteps(x.shape, axesOf(call));
  if (steps.length === 0) return share(backend, x, shape)!;
  let current = x;
  for (const [i, step] of steps.entries()) {
    const isLast = i === steps.length - 1;
    const next = makeOutput(backend, isLast ? shape : [step[0], step[2]], x.dtype);
    run(step, addressOf(backend, current), addressOf(backend, next), isLast);
    if (current !== x) backend.disposeData(current.dataId);
    current = next;
  }
  return current;
}

function reduceNumbers(call: KernelCall, x: TensorInfo, name: string, isMean: boolean): TensorInfo {
  const { functions } = kernelModule(call.backend);
  return reduceBySteps(call, x, (step, from, to, isLast) => {
    const [outer, reduced, inner] = step;
    const nanoseconds = (outer * reduced * inner) / ADDED_PER_NANOSECOND;
    const work = { units: functions['reductionUnits']!(outer, inner), nanoseconds };
    if (name === 'sum') {
      const count = util.sizeFromShape(x.shape) / (outer * inner);
      runKernel(call.backend, 'sum', work, [from, to, ...step, isMean && isLast ? 1 / count : 1]);
    } else {
      runKernel(call.backend, name, work, [from, to, reduced, inner]);
    }
  });
}

/** Numbers that one thread adds up in a nanosecond. */
const ADDED_PER_NANOSECOND = 6;
