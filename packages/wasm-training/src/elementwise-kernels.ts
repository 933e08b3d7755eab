import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from './backend-memory.js';
import { kernelFunctions } from './kernel-module.js';
import { type KernelCall, replaceKernel } from './replace-kernel.js';

/** Functions of one number, four at a time; tfjs's own go one by one or, for `Sqrt`, at half speed. */
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
} as const;

/** Functions of two numbers of the same place, or of one number and each of many. */
const BINARY = {
  Maximum: ['maximum', 'float32'],
  Minimum: ['minimum', 'float32'],
  Greater: ['greater', 'bool'],
  GreaterEqual: ['greaterEqual', 'bool'],
  Equal: ['equal', 'bool'],
  NotEqual: ['notEqual', 'bool'],
} as const;

/** The same with the operands the other way round. */
const SWAPPED = { Less: 'Greater', LessEqual: 'GreaterEqual' } as const;

/** Registers the elementwise kernels that tfjs computes one number at a time. */
export function registerElementwiseKernels(): void {
  for (const [kernelName, name] of Object.entries(UNARY)) {
    replaceKernel(kernelName, (call) => mapNumbers(call, name));
  }
  for (const [kernelName, [name, dtype]] of Object.entries(BINARY)) {
    replaceKernel(kernelName, (call) => zipNumbers(call, call.inputs['a']!, call.inputs['b']!, name, dtype));
  }
  for (const [kernelName, opposite] of Object.entries(SWAPPED)) {
    const [name, dtype] = BINARY[opposite as 'Greater'];
    replaceKernel(kernelName, (call) => zipNumbers(call, call.inputs['b']!, call.inputs['a']!, name, dtype));
  }
  replaceKernel('Select', select);
  // A tensor under another name needs no copy of its numbers.
  replaceKernel('Identity', ({ inputs, backend }) => share(inputs['x']!, backend));
  replaceKernel('Cast', ({ inputs, attrs, backend }) =>
    inputs['x']!.dtype === attrs['dtype'] ? share(inputs['x']!, backend) : undefined,
  );
}

function mapNumbers({ inputs, attrs, backend }: KernelCall, name: string): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  if (x.dtype !== 'float32') return undefined;
  const y = makeOutput(backend, x.shape);
  const parameter = (attrs['alpha'] as number | undefined) ?? 0;
  kernelFunctions(backend)[name]!(addressOf(backend, x), addressOf(backend, y), util.sizeFromShape(x.shape), parameter);
  return y;
}

function zipNumbers(
  { backend }: KernelCall,
  a: TensorInfo,
  b: TensorInfo,
  name: string,
  dtype: 'float32' | 'bool',
): TensorInfo | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const [sizeOfA, sizeOfB] = [util.sizeFromShape(a.shape), util.sizeFromShape(b.shape)];
  const aIsScalar = sizeOfA === 1 && a.shape.length <= b.shape.length;
  const bIsScalar = sizeOfB === 1 && b.shape.length <= a.shape.length;
  if (!aIsScalar && !bIsScalar && !util.arraysEqual(a.shape, b.shape)) return undefined;
  const out = makeOutput(backend, aIsScalar ? b.shape : a.shape, dtype);
  const size = aIsScalar ? sizeOfB : sizeOfA;
  if (size === 0) return out;
  kernelFunctions(backend)[name]!(
    addressOf(backend, a),
    Number(aIsScalar),
    addressOf(backend, b),
    Number(bIsScalar),
    addressOf(backend, out),
    size,
  );
  return out;
}

function select({ inputs, backend }: KernelCall): TensorInfo | undefined {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  const alike = util.arraysEqual(condition.shape, t.shape) && util.arraysEqual(t.shape, e.shape);
  if (!alike || t.dtype !== 'float32' || e.dtype !== 'float32' || condition.dtype !== 'bool') return undefined;
  const out = makeOutput(backend, t.shape);
  kernelFunctions(backend)['select']!(
    addressOf(backend, condition),
    addressOf(backend, t),
    addressOf(backend, e),
    addressOf(backend, out),
    util.sizeFromShape(t.shape),
  );
  return out;
}

function share(x: TensorInfo, backend: KernelCall['backend']): TensorInfo | undefined {
  if (x.dtype === 'string') return undefined;
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}
