import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput, withNumbers } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { PRODUCTS_PER_NANOSECOND, runKernel, runKernelWithScratch, threadsFor } from '../backend/run-kernel.js';
import { withGather } from '../convolution/gather.js';
import { batchRuns } from './batch-runs.js';

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
  const product = { m, n, k, strides: stridesOfB(n, k, transposeB) };
  const isFew = !transposeA && !transposeB && (m <= FEW_ROWS || m * n * k <= FEW_PRODUCTS);
  const multiply = transposeA ? multiplyTransposed : multiplyRows;
  for (const run of batchRuns(batch, batchOfA, batchOfB)) {
    (isFew && run.count === 1 ? multiplyFew : multiply)(backend, product, {
      count: run.count,
      a: addressOf(backend, a) + 4 * m * k * run.firstA,
      aItem: m * k * run.stepOfA,
      b: addressOf(backend, b) + 4 * k * n * run.firstB,
      bItem: k * n * run.stepOfB,
      out: addressOf(backend, out) + 4 * m * n * run.first,
    });
  }
  return out;
}

/** C [m, n] = A B with a depth of k, and the bytes from one step of B's depth to the next, and from one column to the next. */
interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly strides: readonly [depth: number, width: number];
}

/** Addresses of the first of `count` products, and floats from one to the next. */
interface Items {
  readonly count: number;
  readonly a: number;
  readonly aItem: number;
  readonly b: number;
  readonly bItem: number;
  readonly out: number;
}

/** Products A^T B of A [k, m] and B [k, n], or [n, k] where it is transposed. */
function multiplyTransposed(backend: BackendWasm, { m, n, k, strides }: Product, items: Items): void {
  const { functions } = kernelModule(backend);
  const nanoseconds = (items.count * m * n * k) / PRODUCTS_PER_NANOSECOND;
  const threads = threadsFor(backend, nanoseconds);
  const [rowParts, columnParts] = threads === 1 ? [1, 1] : cutMatrix(m, n, (UNITS_PER_THREAD * threads) / items.count);
  const work = {
    units: items.count * rowParts * columnParts,
    nanoseconds,
    scratch: functions['transposedMatmulScratch']!(m, n, k),
  };
  const { a, aItem, b, bItem, out } = items;
  const args = [a, aItem, b, bItem, out, m, n, k, ...strides, rowParts, columnParts];
  runKernelWithScratch(backend, 'transposedMatmul', work, args);
}

/** Parts of the rows and of the columns of a matrix, about `wanted` together, that are about as high as wide. */
function cutMatrix(rows: number, columns: number, wanted: number): [rowParts: number, columnParts: number] {
  const most = (size: number) => Math.max(1, Math.floor(size / PART_SIZE));
  const rowParts = Math.min(Math.max(1, Math.round(Math.sqrt((wanted * rows) / columns))), most(rows));
  return [rowParts, Math.min(Math.max(1, Math.ceil(wanted / rowParts)), most(columns))];
}

/** Rows, and multiply-adds, below which packing B costs more than it saves. */
const FEW_ROWS = 4;
const FEW_PRODUCTS = 2 ** 15;

/** Multiply-adds that one thread does in a nanosecond without packing. */
const FEW_PER_NANOSECOND = 3;

/** The product A B of A [m, k] and B [k, n] with few rows. */
function multiplyFew(backend: BackendWasm, { m, n, k }: Product, { a, b, out }: Items): void {
  const units = kernelModule(backend).functions['multiplyFewUnits']!(n);
  runKernel(backend, 'multiplyFew', { units, nanoseconds: (m * n * k) / FEW_PER_NANOSECOND }, [a, b, out, m, n, k]);
}

/** Products A B of A [m, k]: convolutions of columns of m pixels with kernels of one tap. */
function multiplyRows(backend: BackendWasm, { m, n, k, strides }: Product, items: Items): void {
  const [depthStride, widthStride] = strides;
  const { count, a, aItem, b, bItem, out } = items;
  // With one B for all, the items of A are one long column.
  const isOne = count === 1 || bItem === 0;
  const pixels = isOne ? count * m : m;
  const nanoseconds = (pixels * n * k) / PRODUCTS_PER_NANOSECOND;
  if (!isOne && nanoseconds < SMALL_PRODUCT) {
    const { functions } = kernelModule(backend);
    const gatherFloats = functions['gatherScratch']!(1, 1, k, 1);
    const scratch = gatherFloats + functions['packedFilterSize']!(1, k, n, 1);
    withNumbers(backend, [0, 0, 0], (taps) => {
      runKernelWithScratch(backend, 'matmulItems', { units: count, nanoseconds: count * nanoseconds, scratch }, [
        a,
        aItem,
        b,
        bItem,
        out,
        m,
        n,
        k,
        depthStride,
        widthStride,
        taps,
        functions['gatherUnits']!(m, 1),
        gatherFloats,
      ]);
    });
    return;
  }
  const column = [pixels, 1] as const;
  const plan = { grid: column, targetStart: ORIGIN, targetStep: UNIT, sourceStep: UNIT, taps: ONE_TAP };
  const layout = { depth: k, width: n, groups: 1, tapStride: 0, depthStride, widthStride, groupStride: 0 };
  withGather(backend, plan, { batch: 1, source: column, target: column }, layout, (run) => {
    for (let item = 0; item < (isOne ? 1 : count); item++) {
      run(a + 4 * aItem * item, b + 4 * bItem * item, out + 4 * m * n * item);
    }
  });
}

/** Nanoseconds below which a product is left to one thread where there are several. */
const SMALL_PRODUCT = 1_000_000;

/** Units of work for each thread, and rows and columns of a unit: fewer, and packing the operands costs too much. */
const UNITS_PER_THREAD = 2;
const PART_SIZE = 32;

const ORIGIN = [0, 0] as const;
const UNIT = [1, 1] as const;
const ONE_TAP = [{ index: 0, row: 0, column: 0 }] as const;

/** Bytes from one step of B's depth to the next, and from one column to the next. */
function stridesOfB(n: number, k: number, transposeB: boolean): [depth: number, width: number] {
  return transposeB ? [4, 4 * k] : [4 * n, 4];
}
