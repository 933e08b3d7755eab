import { type PixelFunctions, pixelKernel } from './pixel-kernel.js';
import { bytesToFill } from './reused-bytes.js';

/**
 * As many bytes as `data` that a function of the kernel makes of it and of `table`, whose places in memory and that of the
 * result it is given, and the memory. Undefined where there is no kernel.
 */
export function inKernel(
  data: Uint8Array,
  table: Uint8Array,
  apply: (kernel: PixelFunctions, from: number, ofTable: number, to: number, bytes: Uint8Array) => void,
): Uint8Array | undefined {
  const kernel = pixelKernel();
  if (!kernel) return undefined;
  const { places, bytes } = kernel.share([data.length, table.length, data.length]);
  const [from, ofTable, to] = places as [number, number, number];
  bytes.set(data, from);
  bytes.set(table, ofTable);
  apply(kernel, from, ofTable, to, bytes);
  const result = bytesToFill(data.length);
  result.set(bytes.subarray(to, to + data.length));
  return result;
}

/** Of an operation that has no table. */
export const NO_TABLE: Uint8Array = new Uint8Array(0);
