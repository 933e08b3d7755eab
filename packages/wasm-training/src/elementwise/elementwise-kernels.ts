import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats } from '../backend/in-floats.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { MAP_NANOSECONDS, runElementwise, ZIP_NANOSECONDS } from './run-elementwise.js';

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
  Square: 'square',
  Step: 'step',
  Sigmoid: 'sigmoid',
  Log: 'log',
} as const;

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
const CHEAP: ReadonlySet<string> = new Set(['Relu', 'Relu6', 'Square', 'Step']);

/** Registers the elementwise kernels that tfjs computes one number at a time, or without the NaN among them. */
export function registerElementwiseKernels(): void {
  for (const [kernelName, name] of Object.entries(UNARY)) {
    const nanoseconds = CHEAP.has(kernelName) ? ZIP_NANOSECONDS : MAP_NANOSECONDS;
    replaceKernel(kernelName, (call) => mapNumbers(call, name, nanoseconds));
  }
  for (const [kernelName, [name, isSwapped]] of Object.entries(COMPARISONS)) {
    replaceKernel(kernelName, (call) => {
      const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
      return isSwapped ? compareNumbers(call, b, a, name) : compareNumbers(call, a, b, name);
    });
  }
  replaceKernel('ClipByValue', clip);
  replaceKernel('Select', select);
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
