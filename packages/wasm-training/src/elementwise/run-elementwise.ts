import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { kernelModule } from '../backend/kernel-module.js';
import { runKernel } from '../backend/run-kernel.js';

/** What a number costs one thread, about: of a function of one number, and of one that mostly waits for memory. */
export const MAP_NANOSECONDS = 1.5;
export const ZIP_NANOSECONDS = 0.4;

/** Runs the kernel `name` over `size` numbers, each of which takes about so many nanoseconds. */
export function runElementwise(
  backend: BackendWasm,
  name: string,
  size: number,
  nanoseconds: number,
  args: readonly number[],
): void {
  const units = kernelModule(backend).functions['elementwiseUnits']!(size);
  runKernel(backend, name, { units, nanoseconds: size * nanoseconds }, args);
}
