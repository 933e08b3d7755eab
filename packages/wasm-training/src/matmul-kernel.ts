import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput, withScratch } from './backend-memory.js';
import { withGather } from './gather.js';
import { kernelFunctions } from './kernel-module.js';
import { type KernelCall, replaceKernel } from './replace-kernel.js';

/** Registers `BatchMatMul` for all four combinations of transposed operands, with broadcasting over the batch axes. */
export function registerMatmulKernel(): void {
  replaceKernel('BatchMatMul', batchMatmul);
}

function batchMatmul({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [depthOfB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  if (k !== depthOfB) {
    throw new RangeError(
      `BatchMatMul: the operands must agree on the inner size, got [${a.shape}] and [${b.shape}] with transposeA=${transposeA} and transposeB=${transposeB}.`,
    );
  }
  const batchOfA = a.shape.slice(0, -2);
  const batchOfB = b.shape.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(batchOfA, batchOfB);
  const out = makeOutput(backend, [...batch, m, n]);
  const multiply = transposeA ? multiplyTransposed : multiplyRows;
  multiply(backend, m, n, k, transposeB, (product) => {
    const [startOfA, startOfB, start] = [addressOf(backend, a), addressOf(backend, b), addressOf(backend, out)];
    for (let index = 0; index < util.sizeFromShape(batch); index++) {
      product(
        startOfA + 4 * m * k * broadcastIndex(index, batch, batchOfA),
        startOfB + 4 * k * n * broadcastIndex(index, batch, batchOfB),
        start + 4 * m * n * index,
      );
    }
  });
  return out;
}

/** A product of the matrices at the addresses `a` and `b`, written to `out`. */
type Product = (a: number, b: number, out: number) => void;

/** Calls `use` with the product A^T B of A [k, m] and B [k, n], or [n, k] where it is transposed. */
function multiplyTransposed(
  backend: BackendWasm,
  m: number,
  n: number,
  k: number,
  transposeB: boolean,
  use: (product: Product) => void,
): void {
  const functions = kernelFunctions(backend);
  withScratch(backend, functions['transposedMatmulScratch']!(m, n, k), (scratch) => {
    const [depthStride, widthStride] = stridesOf(n, k, transposeB);
    use((a, b, out) => functions['transposedMatmul']!(a, b, out, m, n, k, depthStride, widthStride, scratch));
  });
}

/** The same for A B of A [m, k]: a convolution of a column of m pixels with a kernel of one tap. */
function multiplyRows(
  backend: BackendWasm,
  m: number,
  n: number,
  k: number,
  transposeB: boolean,
  use: (product: Product) => void,
): void {
  const [depthStride, widthStride] = stridesOf(n, k, transposeB);
  const column = [m, 1] as const;
  const plan = { grid: column, targetStart: ORIGIN, targetStep: UNIT, sourceStep: UNIT, taps: ONE_TAP };
  const layout = { depth: k, width: n, groups: 1, tapStride: 0, depthStride, widthStride, groupStride: 0 };
  withGather(backend, plan, { batch: 1, source: column, target: column }, layout, use);
}

const ORIGIN = [0, 0] as const;
const UNIT = [1, 1] as const;
const ONE_TAP = [[0, 0, 0]] as const;

/** Bytes from one step of B's depth to the next, and from one column to the next. */
function stridesOf(n: number, k: number, transposeB: boolean): [depth: number, width: number] {
  return transposeB ? [4, 4 * k] : [4 * n, 4];
}

/** Where element `index` of an array of shape `shape` comes from in one of shape `from` that broadcasts to it. */
function broadcastIndex(index: number, shape: readonly number[], from: readonly number[]): number {
  let rest = index;
  let result = 0;
  let stride = 1;
  for (let axis = 1; axis <= from.length; axis++) {
    const size = shape.at(-axis)!;
    const ownSize = from.at(-axis)!;
    if (ownSize !== 1) result += (rest % size) * stride;
    stride *= ownSize;
    rest = Math.floor(rest / size);
  }
  return result;
}
