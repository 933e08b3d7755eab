import { broadcast_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { withCast } from '../backend/in-floats.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { copyBroadcast } from '../copy/copy-strided.js';
import { runElementwise, ZIP_NANOSECONDS } from './run-elementwise.js';

/** Comparisons, and whether their operands are the other way round in the kernel that they take. */
const COMPARISONS = {
  Greater: ['greater', false],
  GreaterEqual: ['greaterEqual', false],
  Less: ['greater', true],
  LessEqual: ['greaterEqual', true],
  Equal: ['equal', false],
  NotEqual: ['notEqual', false],
} as const;

/** What one thread takes for a power. */
const POWER_NANOSECONDS = 15;

type Backend = KernelCall['backend'];

/** Registers the comparisons, `Pow`, and the functions of booleans. */
export function registerComparisonKernels(): void {
  for (const [kernelName, [name, isSwapped]] of Object.entries(COMPARISONS)) {
    replaceKernel(kernelName, ({ inputs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      if (a.dtype !== b.dtype) return undefined;
      return isSwapped ? compare(backend, b, a, name) : compare(backend, a, b, name);
    });
  }
  replaceKernel('Pow', ({ inputs, backend }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
    return combine(backend, a, b, 'pow', 'float32', POWER_NANOSECONDS);
  });
  for (const [kernelName, name] of Object.entries({ LogicalAnd: 'logicalAnd', LogicalOr: 'logicalOr' })) {
    replaceKernel(kernelName, ({ inputs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      return a.dtype === 'bool' && b.dtype === 'bool' ? decide(backend, [a, b], name) : undefined;
    });
  }
  replaceKernel('LogicalNot', ({ inputs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    return x.dtype === 'bool' ? decide(backend, [x], 'logicalNot') : undefined;
  });
}

function compare(backend: Backend, a: TensorInfo, b: TensorInfo, name: string): TensorInfo | undefined {
  if (a.dtype === 'float32') return combine(backend, a, b, name, 'bool', ZIP_NANOSECONDS);
  if (a.dtype === 'int32') return combine(backend, a, b, `${name}Integers`, 'bool', ZIP_NANOSECONDS);
  if (a.dtype !== 'bool') return undefined;
  return withCast(backend, a, 'int32', (a) => withCast(backend, b, 'int32', (b) => compare(backend, a, b, name)));
}

/** Calls `use` with `inputs` as tensors of shape `shape`, but for those that `mayStay`. */
function withBroadcast(
  backend: Backend,
  inputs: readonly TensorInfo[],
  shape: readonly number[],
  mayStay: (x: TensorInfo) => boolean,
  use: (inputs: readonly TensorInfo[]) => void,
): void {
  const size = util.sizeFromShape([...shape]);
  const whole = inputs.map((x) =>
    util.sizeFromShape(x.shape) === size || mayStay(x) ? x : copyBroadcast(backend, x, shape),
  );
  use(whole);
  for (const [i, x] of whole.entries()) if (x !== inputs[i]) backend.disposeData(x.dataId);
}

function combine(
  backend: Backend,
  a: TensorInfo,
  b: TensorInfo,
  name: string,
  dtype: DataType,
  nanoseconds: number,
): TensorInfo {
  const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const out = makeOutput(backend, shape, dtype);
  const size = util.sizeFromShape(shape);
  if (size === 0) return out;
  const isOne = ({ shape }: TensorInfo) => util.sizeFromShape(shape) === 1;
  withBroadcast(backend, [a, b], shape, isOne, (operands) => {
    const args = operands.flatMap((x) => [addressOf(backend, x), Number(isOne(x))]);
    runElementwise(backend, name, size, nanoseconds, [...args, addressOf(backend, out), size]);
  });
  return out;
}

function decide(backend: Backend, inputs: readonly TensorInfo[], name: string): TensorInfo {
  const shape = inputs.reduce<number[]>((shape, x) => broadcast_util.assertAndGetBroadcastShape(shape, x.shape), []);
  const out = makeOutput(backend, shape, 'bool');
  const size = util.sizeFromShape(shape);
  if (size === 0) return out;
  withBroadcast(
    backend,
    inputs,
    shape,
    () => false,
    (operands) => {
      const addresses = [...operands, out].map((x) => addressOf(backend, x));
      runElementwise(backend, name, size, ZIP_NANOSECONDS, [...addresses, size]);
    },
  );
  return out;
}
