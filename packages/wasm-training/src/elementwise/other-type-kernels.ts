import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, replaceKernel } from '../backend/replace-kernel.js';

/** Functions of one number, and `Reverse`, whose kernels take whole numbers too. */
const TAKE_INTEGERS = [
  'Abs',
  'Ceil',
  'Cos',
  'Cosh',
  'Elu',
  'Erf',
  'Exp',
  'Floor',
  'LeakyRelu',
  'Neg',
  'Relu',
  'Relu6',
  'Reverse',
  'Round',
  'Rsqrt',
  'Selu',
  'Sigmoid',
  'Sign',
  'Sin',
  'Sinh',
  'Softplus',
  'Sqrt',
  'Square',
  'Step',
  'Tan',
  'Tanh',
] as const;

/** Those that take their bits for a float's. */
const TAKE_FLOATS = [
  'Acos',
  'Acosh',
  'Asin',
  'Asinh',
  'Atan',
  'Atanh',
  'Expm1',
  'IsFinite',
  'IsInf',
  'IsNan',
  'Log',
  'Log1p',
  'Reciprocal',
] as const;

/** Those whose result has a type of its own. */
const OWN_TYPE: ReadonlySet<string> = new Set(['Exp', 'Expm1', 'LeakyRelu', 'IsFinite', 'IsInf', 'IsNan']);

/** Kernels of several tensors that take whole numbers, and the names of the tensors; those of floats alone are below. */
const OF_SEVERAL: Readonly<Record<string, readonly string[]>> = {
  Atan2: ['a', 'b'],
  FloorDiv: ['a', 'b'],
  Mod: ['a', 'b'],
  Select: ['t', 'e'],
  TopK: ['x'],
};
const OF_SEVERAL_FLOATS: Readonly<Record<string, readonly string[]>> = { FusedBatchNorm: ['x'], StridedSlice: ['x'] };

/**
 * Registers what tfjs's kernels do with booleans, and some with whole numbers: compute in float32. By themselves they print "Unknown
 * dtype" and answer with what lay in the result's memory, or write four bytes for each boolean, over the next tensor.
 */
export function registerOtherTypeKernels(): void {
  const isBool = (dtype: DataType) => dtype === 'bool';
  const isNoFloat = (dtype: DataType) => dtype === 'bool' || dtype === 'int32';
  for (const kernelName of TAKE_INTEGERS) register(kernelName, ['x'], isBool);
  for (const kernelName of TAKE_FLOATS) register(kernelName, ['x'], isNoFloat);
  for (const [kernelName, names] of Object.entries(OF_SEVERAL)) register(kernelName, names, isBool);
  for (const [kernelName, names] of Object.entries(OF_SEVERAL_FLOATS)) register(kernelName, names, isNoFloat);
}

function register(kernelName: string, names: readonly string[], needsFloats: (dtype: DataType) => boolean): void {
  replaceKernel(kernelName, ({ inputs, attrs, backend }) => {
    const first = inputs[names[0]!]!;
    if (!needsFloats(first.dtype)) return undefined;
    const convert = (x: TensorInfo, dtype: DataType) => callKernel('Cast', backend, { x }, { dtype });
    const floats = Object.fromEntries(names.map((name) => [name, convert(inputs[name]!, 'float32')]));
    const outputs: TensorInfo | TensorInfo[] = callKernel(kernelName, backend, { ...inputs, ...floats }, { ...attrs });
    for (const { dataId } of Object.values(floats)) backend.disposeData(dataId);
    if (OWN_TYPE.has(kernelName)) return outputs;
    // Of several outputs the first has the input's type.
    const [result, ...others] = [outputs].flat() as [TensorInfo, ...TensorInfo[]];
    const converted = convert(result, first.dtype);
    backend.disposeData(result.dataId);
    return (Array.isArray(outputs) ? [converted, ...others] : converted) as TensorInfo;
  });
}
