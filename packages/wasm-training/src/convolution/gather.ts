import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { withLines, withNumbers } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { PRODUCTS_PER_NANOSECOND, runKernel, scratchFor, threadsFor } from '../backend/run-kernel.js';
import type { Pair } from './convolution-geometry.js';
import type { GatherPlan, Tap } from './gather-plan.js';

/** The images that a gather reads and writes: `[batch, height, width, groups * depth]` to `[..., groups * width]`. */
export interface GatherImages {
  readonly batch: number;
  /** [height, width] of an image that is read. */
  readonly source: Pair;
  /** [height, width] of an image that is written. */
  readonly target: Pair;
}

/** Where the filter's number for (tap, d, w) of a group stands: the four strides, in bytes, times these and added. */
export interface FilterLayout {
  readonly depth: number;
  readonly width: number;
  readonly groups: number;
  readonly tapStride: number;
  readonly depthStride: number;
  readonly widthStride: number;
  readonly groupStride: number;
}

/** Runs a gather from and to these addresses. */
export type Gather = (source: number, filter: number, target: number) => void;

/** Floats that a thread packs in a nanosecond. */
const PACKED_PER_NANOSECOND = 2;

/** Below this depth, neighbouring pixels of a row that neighbouring taps read are read as one. */
const SHALLOW = 16;

/** Columns of a part: each packs the pixels again, which takes a tenth of the time that so many columns take. */
const PART_COLUMNS = 64;

/** Units of work for each thread: enough that none waits long for another. */
const UNITS_PER_THREAD = 4;

/** Calls `use` with the gather of `plan`, whose table of taps and scratch memory are freed afterwards. */
export function withGather(
  backend: BackendWasm,
  plan: GatherPlan,
  images: GatherImages,
  layout: FilterLayout,
  use: (gather: Gather) => void,
): void {
  const { functions } = kernelModule(backend);
  const { depth, width, groups, tapStride, depthStride, widthStride, groupStride } = layout;
  const { order, run } = groups === 1 && depth < SHALLOW ? joinTaps(plan.taps) : { order: plan.taps, run: 1 };
  const starts = order.filter((_, i) => i % run === 0);
  const pixels = images.batch * plan.grid[0] * plan.grid[1];
  const panels = groups * Math.ceil(width / 8);
  const nanoseconds = (pixels * order.length * depth * panels * 8) / PRODUCTS_PER_NANOSECOND;
  const parts = partsOf(
    functions['gatherUnits']!(pixels, 1),
    groups * width,
    groups,
    threadsFor(backend, nanoseconds),
    PART_COLUMNS,
  );
  const work = {
    units: functions['gatherUnits']!(pixels, parts),
    nanoseconds,
    scratch: functions['gatherScratch']!(starts.length, run, depth, groups),
  };
  const packedSize = functions['packedFilterSize']!(order.length, depth, width, groups);
  const packing = { units: panels, nanoseconds: packedSize / PACKED_PER_NANOSECOND };
  const tables = [...order.map(({ index }) => index), ...starts.flatMap(({ row, column }) => [row, column])];
  const own = scratchFor(backend, work);
  withNumbers(backend, tables, (indices) =>
    withLines(backend, own + packedSize, (address) =>
      use((source, filter, target) => {
        const packed = address + 4 * own;
        const sizes = [order.length, depth, width] as const;
        const strides = [tapStride, depthStride, widthStride, groupStride] as const;
        runKernel(backend, 'packFilter', packing, [filter, ...strides, indices, ...sizes, packed]);
        const args = [
          source,
          ...images.source,
          target,
          ...images.target,
          pixels,
          ...plan.grid,
          ...plan.targetStart,
          ...plan.targetStep,
          ...plan.sourceStep,
          indices + 4 * order.length,
          starts.length,
          run,
          packed,
          depth,
          width,
          groups,
          parts,
        ];
        runKernel(backend, 'gather', work, args, address);
      }),
    ),
  );
}

/**
 * Parts of its columns into which each of `blocks` blocks is cut so that `threads` threads all have work: of `partColumns` columns at
 * least, or fewer where some would have none.
 */
export function partsOf(blocks: number, columns: number, groups: number, threads: number, partColumns: number): number {
  if (threads === 1) return 1;
  const wanted = Math.ceil((UNITS_PER_THREAD * threads) / Math.max(blocks, 1));
  const needed = Math.min(Math.ceil(threads / Math.max(blocks, 1)), Math.ceil(columns / 8));
  return Math.max(Math.min(wanted, Math.max(groups, Math.floor(columns / partColumns))), needed, 1);
}

/** The taps in an order in which each `run` of them reads neighbouring pixels of a row, for the longest such run. */
function joinTaps(taps: readonly Tap[]): { readonly order: readonly Tap[]; readonly run: number } {
  if (taps.length < 2) return { order: taps, run: 1 };
  const order = [...taps].sort((a, b) => a.row - b.row || a.column - b.column);
  const follows = (i: number) => order[i]!.row === order[i - 1]!.row && order[i]!.column === order[i - 1]!.column + 1;
  let run = 1;
  while (run < order.length && follows(run)) run++;
  const isEven = order.length % run === 0 && order.every((_, i) => i % run === 0 || follows(i));
  return isEven ? { order, run } : { order: taps, run: 1 };
}
