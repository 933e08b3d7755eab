import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { withCast } from '../backend/in-floats.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { reductionLayout } from './reduction-steps.js';

/** Registers the kernels along one axis: `Softmax`, `Cumsum`, `ArgMax` and `ArgMin`. */
export function registerAlongAxisKernels(): void {
  replaceKernel('Softmax', softmax);
  replaceKernel('Cumsum', cumsum);
  replaceKernel('ArgMax', (call) => placeOf(call, 'ArgMax', 'placeOfMaximum'));
  replaceKernel('ArgMin', (call) => placeOf(call, 'ArgMin', 'placeOfMinimum'));
}

/** What a number costs one thread, about: of a softmax, of sums that wait for each other, of a comparison. */
const SOFTMAX_NANOSECONDS = 2;
const SUM_NANOSECONDS = 1;
const COMPARISON_NANOSECONDS = 1;

function softmax({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { logits } = inputs as { logits: TensorInfo };
  const dim = util.parseAxisParam(attrs['dim'] as number, logits.shape)[0]!;
  const size = util.sizeFromShape(logits.shape);
  if (logits.dtype !== 'float32' || dim !== logits.shape.length - 1 || size === 0) return undefined;
  const out = makeOutput(backend, logits.shape);
  const width = logits.shape[dim]!;
  const work = { units: size / width, nanoseconds: size * SOFTMAX_NANOSECONDS };
  runKernel(backend, 'softmax', work, [addressOf(backend, logits), addressOf(backend, out), width]);
  return out;
}

function cumsum({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  const axis = util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!;
  const size = util.sizeFromShape(x.shape);
  if ((x.dtype !== 'float32' && x.dtype !== 'int32') || size === 0) return undefined;
  const out = makeOutput(backend, x.shape, x.dtype);
  const units = util.sizeFromShape(x.shape.slice(0, axis));
  const name = x.dtype === 'float32' ? 'cumulateFloats' : 'cumulateIntegers';
  runKernel(backend, name, { units, nanoseconds: size * SUM_NANOSECONDS }, [
    addressOf(backend, x),
    addressOf(backend, out),
    x.shape[axis]!,
    util.sizeFromShape(x.shape.slice(axis + 1)),
    Number(attrs['exclusive'] ?? false),
    Number(attrs['reverse'] ?? false),
  ]);
  return out;
}

function placeOf(call: KernelCall, kernelName: string, name: string): TensorInfo | undefined {
  const { inputs, attrs, backend } = call;
  const { x } = inputs as { x: TensorInfo };
  const axes = util.parseAxisParam(attrs['axis'] as number | number[], x.shape);
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const units = util.sizeFromShape(shape);
  const size = util.sizeFromShape(x.shape);
  if (size === 0 && units > 0) {
    throw new RangeError(
      `${kernelName}: a tensor of shape [${x.shape}] has nothing along axis ${attrs['axis']} to choose from.`,
    );
  }
  if (x.dtype === 'bool') {
    return withCast(backend, x, 'int32', (whole) => placeOf({ ...call, inputs: { x: whole } }, kernelName, name));
  }
  const layout = reductionLayout(x.shape, axes);
  if ((x.dtype !== 'float32' && x.dtype !== 'int32') || layout === undefined) return undefined;
  const out = makeOutput(backend, shape, 'int32');
  if (units === 0) return out;
  const work = { units, nanoseconds: size * COMPARISON_NANOSECONDS };
  runKernel(backend, x.dtype === 'float32' ? name : `${name}Integer`, work, [
    addressOf(backend, x),
    addressOf(backend, out),
    layout[1],
    layout[2],
  ]);
  return out;
}
