import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { wholeLines, withLines } from './backend-memory.js';
import { type KernelModule, kernelModule } from './kernel-module.js';
import { currentRecorder } from './recording.js';

/** What a kernel has to do, in units that do not depend on each other. */
export interface Work {
  readonly units: number;
  /** About how long all of it takes on one thread. */
  readonly nanoseconds: number;
  /** Floats of scratch memory that each thread needs; none if left out. */
  readonly scratch?: number;
}

/** Multiply-adds of the tiles that one thread does in a nanosecond. */
export const PRODUCTS_PER_NANOSECOND = 12;

/** When work is shared; tests change it to share small tensors. */
export const sharing = {
  /** Nanoseconds below which waking other threads and waiting for the last of them costs more than they save. */
  worthSharing: 40_000,
  /** Nanoseconds of work that are worth fetching by themselves. */
  worthFetching: 10_000,
  /** Threads at most. */
  threads: Number.POSITIVE_INFINITY,
};

/** Shares for each thread: many enough that a thread which falls behind is helped by the others. */
const SHARES_PER_THREAD = 16;

/** How many threads would share work of so many nanoseconds. */
export function threadsFor(backend: BackendWasm, nanoseconds: number): number {
  return threadsOf(kernelModule(backend), nanoseconds);
}

function threadsOf({ pool }: KernelModule, nanoseconds: number): number {
  if (pool === undefined || nanoseconds < sharing.worthSharing) return 1;
  return Math.max(1, Math.min(pool.threads, sharing.threads, Math.ceil(nanoseconds / sharing.worthFetching)));
}

/** Floats of scratch memory that all threads together need for `work`. */
export function scratchFor(backend: BackendWasm, { nanoseconds, scratch = 0 }: Work): number {
  // In a program any thread may come by.
  if (currentRecorder()) return (kernelModule(backend).pool?.threads ?? 1) * wholeLines(scratch);
  return threadsFor(backend, nanoseconds) * wholeLines(scratch);
}

/**
 * Calls the kernel `name` with `args`, the first of its units of work, the one after the last, and an address of scratch memory:
 * once, or on several threads for different units. Results are the same whichever thread does what.
 *
 * The scratch memory, `scratchFor` floats, starts at `address`, with a cache line.
 */
export function runKernel(backend: BackendWasm, name: string, work: Work, args: readonly number[], address = 0): void {
  const module = kernelModule(backend);
  const { units, nanoseconds } = work;
  const scratchBytes = 4 * wholeLines(work.scratch ?? 0);
  const recorder = currentRecorder();
  if (recorder) {
    recorder.call({ kernel: name, args, units, nanoseconds, scratch: address, scratchBytes });
    return;
  }
  const threads = threadsOf(module, nanoseconds);
  if (threads === 1 || units === 1) {
    module.functions[name]!(...args, 0, units, address);
    return;
  }
  const shares = Math.min(units, threads * SHARES_PER_THREAD, Math.max(threads, nanoseconds / sharing.worthFetching));
  module.pool!.run({
    kernel: module.places.get(name)!,
    args,
    units,
    grain: Math.ceil(units / shares),
    limit: threads,
    scratch: address,
    scratchBytes,
  });
}

/** The same with scratch memory of its own. */
export function runKernelWithScratch(backend: BackendWasm, name: string, work: Work, args: readonly number[]): void {
  withLines(backend, scratchFor(backend, work), (address) => runKernel(backend, name, work, args, address));
}
