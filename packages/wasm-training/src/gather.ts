import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { withNumbers, withScratch } from './backend-memory.js';
import type { Pair } from './convolution-geometry.js';
import type { GatherPlan } from './gather-plan.js';
import { kernelFunctions } from './kernel-module.js';

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

/** Calls `use` with the gather of `plan`, whose table of taps and scratch memory are freed afterwards. */
export function withGather(
  backend: BackendWasm,
  plan: GatherPlan,
  images: GatherImages,
  layout: FilterLayout,
  use: (gather: Gather) => void,
): void {
  const functions = kernelFunctions(backend);
  const { depth, width, groups, tapStride, depthStride, widthStride, groupStride } = layout;
  const floats = functions['convolveScratch']!(plan.taps.length, depth, width, groups);
  withNumbers(backend, plan.taps.flat(), (taps) =>
    withScratch(backend, floats, (scratch) =>
      use((source, filter, target) => {
        functions['convolve']!(
          source,
          ...images.source,
          target,
          ...images.target,
          images.batch,
          ...plan.grid,
          ...plan.targetStart,
          ...plan.targetStep,
          ...plan.sourceStep,
          taps,
          plan.taps.length,
          filter,
          tapStride,
          depthStride,
          widthStride,
          groupStride,
          depth,
          width,
          groups,
          scratch,
        );
      }),
    ),
  );
}
