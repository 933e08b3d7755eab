import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats } from '../backend/in-floats.js';
import { kernelModule } from '../backend/kernel-module.js';
import { callKernel, type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel, threadsFor } from '../backend/run-kernel.js';

/** Functions of one number, four at a time; tfjs's own go one by one or, for `Sqrt`, at half speed, or lose NaN (relu). */
const UNARY = {
  Tanh: 'tanh',
  Erf: 'erf',
  Exp: 'exp',
  Expm1: 'expm1',
  Softplus: 'softplus',
  Selu: 'selu',
  LeakyRelu: 'leakyRelu',
  Sqrt: 'sqrt',
  Rsqrt: 'rsqrt',
  Sign: 'sign',
  Relu: 'relu',
  Relu6: 'relu6',
} as const;

/** Those that tfjs computes as fast on one thread. Every bit is the same. */
const UNARY_IF_SHARED = { Square: 'square', Step: 'step' } as const;

/** Comparisons, and whether their operands are the other way round in the kernel that they take. */
const COMPARISONS = {
  Greater: ['greater', false],
  GreaterEqual: ['greaterEqual', false],
  Less: ['greater', true],
  LessEqual: ['greaterEqual', true],
  Equal: ['equal', false],
  NotEqual: ['notEqual', false],
} as const;

/** These mostly wait for memory. */
const CHEAP: ReadonlySet<string> = new Set(['Relu', 'Relu6']);

/** Registers the elementwise kernels that tfjs computes one number at a time, or without the NaN among them. */
export function registerElementwiseKernels(): void {
  for (const [kernelName, name] of Object.entries(UNARY)) {
    const nanoseconds = CHEAP.has(kernelName) ? ZIP_NANOSECONDS : MAP_NANOSECONDS;
    replaceKernel(kernelName, (call) => mapNumbers(call, name, nanoseconds));
  }
  for (const [kernelName, name] of Object.entries(UNARY_IF_SHARED)) {
    replaceKernel(kernelName, (call) => {
      const nanoseconds = util.sizeFromShape(call.inputs['x']!.shape) * ZIP_NANOSECONDS;
      return threadsFor(call.backend, nanoseconds) > 1 ? mapNumbers(call, name, ZIP_NANOSECONDS) : undefined;
    });
  }
  for (const [kernelName, [name, isSwapped]] of Object.entries(COMPARISONS)) {
    replaceKernel(kernelName, (call) => {
      const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
      return isSwapped ? compareNumbers(call, b, a, name) : compareNumbers(call, a, b, name);
    });
  }
  replaceKernel('ClipByValue', clip);
  replaceKernel('Select', select);
  // A tensor under another name needs no copy of its numbers.
  replaceKernel('Identity', ({ inputs, backend }) => share(inputs['x']!, backend));
  replaceKernel('Cast', ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    if (x.dtype === attrs['dtype']) return share(x, backend);
    // tfjs keeps the low byte: 0.5 and 256 would be false.
    return attrs['dtype'] === 'bool' && x.dtype !== 'string' ? isNotZero(x, backend) : undefined;
  });
}

function isNotZero(x: TensorInfo, backend: KernelCall['backend']): TensorInfo {
  const zero = backend.makeOutput(
    [],
    x.dtype,
    undefined,
    x.dtype === 'int32' ? new Int32Array(1) : new Float32Array(1),
  );
  const out = callKernel('NotEqual', backend, { a: x, b: zero });
  backend.disposeData(zero.dataId);
  return out;
}

function clip({ inputs, attrs, backend }: KernelCall): TensorInfo {
  const { clipValueMin, clipValueMax } = attrs as { clipValueMin: number; clipValueMax: number };
  return inFloats(backend, inputs['x']!, (x) => {
    const y = makeOutput(backend, x.shape);
    const size = util.sizeFromShape(x.shape);
    const args = [addressOf(backend, x), addressOf(backend, y), size, clipValueMin, clipValueMax];
    runElementwise(backend, 'clip', size, ZIP_NANOSECONDS, args);
    return y;
  });
}

function mapNumbers({ inputs, attrs, backend }: KernelCall, name: string, nanoseconds: number): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  if (x.dtype !== 'float32') return undefined;
  const y = makeOutput(backend, x.shape);
  const parameter = (attrs['alpha'] as number | undefined) ?? 0;
  const size = util.sizeFromShape(x.shape);
  runElementwise(backend, name, size, nanoseconds, [addressOf(backend, x), addressOf(backend, y), size, parameter]);
  return y;
}

function compareNumbers({ backend }: KernelCall, a: TensorInfo, b: TensorInfo, name: string): TensorInfo | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const [sizeOfA, sizeOfB] = [util.sizeFromShape(a.shape), util.sizeFromShape(b.shape)];
  const aIsScalar = sizeOfA === 1 && a.shape.length <= b.shape.length;
  const bIsScalar = sizeOfB === 1 && b.shape.length <= a.shape.length;
  if (!aIsScalar && !bIsScalar && !util.arraysEqual(a.shape, b.shape)) return undefined;
  const out = makeOutput(backend, aIsScalar ? b.shape : a.shape, 'bool');
  const size = aIsScalar ? sizeOfB : sizeOfA;
  if (size === 0) return out;
  runElementwise(backend, name, size, ZIP_NANOSECONDS, [
    addressOf(backend, a),
    Number(aIsScalar),
    addressOf(backend, b),
    Number(bIsScalar),
    addressOf(backend, out),
    size,
  ]);
  return out;
}

function select({ inputs, backend }: KernelCall): TensorInfo | undefined {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  const alike = util.arraysEqual(condition.shape, t.shape) && util.arraysEqual(t.shape, e.shape);
  if (!alike || t.dtype !== 'float32' || e.dtype !== 'float32' || condition.dtype !== 'bool') return undefined;
  const out = makeOutput(backend, t.shape);
  const size = util.sizeFromShape(t.shape);
  runElementwise(backend, 'select', size, ZIP_NANOSECONDS, [
    addressOf(backend, condition),
    addressOf(backend, t),
    addressOf(backend, e),
    addressOf(backend, out),
    size,
  ]);
  return out;
}

/** What a number costs one thread, about: of a function of one number, and of one that mostly waits for memory. */
const MAP_NANOSECONDS = 1.5;
const ZIP_NANOSECONDS = 0.4;

function runElementwise(
  backend: KernelCall['backend'],
  name: string,
  size: number,
  nanoseconds: number,
  args: readonly number[],
): void {
  const units = kernelModule(backend).functions['elementwiseUnits']!(size);
  runKernel(backend, name, { units, nanoseconds: size * nanoseconds }, args);
}

function share(x: TensorInfo, backend: KernelCall['backend']): TensorInfo | undefined {
  if (x.dtype === 'string') return undefined;
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}
