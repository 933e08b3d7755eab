import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats } from '../backend/in-floats.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { isPlain } from '../copy/fill.js';
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
  Abs: 'abs',
  Neg: 'neg',
  Floor: 'floor',
  Ceil: 'ceil',
  Round: 'round',
  Reciprocal: 'reciprocal',
  Log1p: 'log1p',
  Elu: 'elu',
} as const;

/** Questions about a number. */
const CLASSES = { IsNan: 'isNaNFlag', IsFinite: 'isFiniteFlag', IsInf: 'isInfiniteFlag' } as const;

/** These mostly wait for memory. */
const CHEAP: ReadonlySet<string> = new Set([
  'Relu',
  'Relu6',
  'Square',
  'Step',
  'Abs',
  'Neg',
  'Floor',
  'Ceil',
  'Round',
  'Reciprocal',
]);

/** Registers the elementwise kernels that tfjs computes one number at a time, or without the NaN among them. */
export function registerElementwiseKernels(): void {
  for (const [kernelName, name] of Object.entries(UNARY)) {
    const nanoseconds = CHEAP.has(kernelName) ? ZIP_NANOSECONDS : MAP_NANOSECONDS;
    replaceKernel(kernelName, (call) => mapNumbers(call, name, nanoseconds));
  }
  for (const [kernelName, name] of Object.entries(CLASSES)) {
    replaceKernel(kernelName, ({ inputs, backend }) => {
      const { x } = inputs as { x: TensorInfo };
      if (x.dtype !== 'float32') return undefined;
      const out = makeOutput(backend, x.shape, 'bool');
      const size = util.sizeFromShape(x.shape);
      runElementwise(backend, name, size, ZIP_NANOSECONDS, [addressOf(backend, x), addressOf(backend, out), size]);
      return out;
    });
  }
  replaceKernel('EluGrad', ({ inputs, backend }) => {
    const { dy, y } = inputs as { dy: TensorInfo; y: TensorInfo };
    if (dy.dtype !== 'float32' || y.dtype !== 'float32') return undefined;
    const dx = makeOutput(backend, y.shape);
    const size = util.sizeFromShape(y.shape);
    const addresses = [dy, y, dx].map((tensor) => addressOf(backend, tensor));
    runElementwise(backend, 'eluGradient', size, ZIP_NANOSECONDS, [...addresses, size]);
    return dx;
  });
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

function select({ inputs, backend }: KernelCall): TensorInfo | undefined {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  const alike = util.arraysEqual(condition.shape, t.shape) && util.arraysEqual(t.shape, e.shape);
  if (!alike || !isPlain(t.dtype) || t.dtype !== e.dtype || condition.dtype !== 'bool') return undefined;
  const out = makeOutput(backend, t.shape, t.dtype);
  const size = util.sizeFromShape(t.shape);
  runElementwise(backend, t.dtype === 'bool' ? 'selectFlags' : 'select', size, ZIP_NANOSECONDS, [
    addressOf(backend, condition),
    addressOf(backend, t),
    addressOf(backend, e),
    addressOf(backend, out),
    size,
  ]);
  return out;
}
