import type { FileHandle } from 'node:fs/promises';
import { show } from '@nfnets/options';
import { type ByteSource, checked } from './byte-source.js';
import { nodeModule } from './node-module.js';
import type { Scratch } from './scratch.js';
import { TensorFileError } from './tensor-file-error.js';

/**
 * Opens the file at `path` as a source, in Node. Close it.
 *
 * @param path Path of the file.
 * @throws TypeError for what is no path; {@link TensorFileError} when the file cannot be opened, or becomes shorter while it is read.
 * @example
 * ```ts
 * import { fileSource } from '@nfnets/safetensors';
 *
 * const source = await fileSource('model.safetensors');
 * const length = new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true); // of the header
 * await source.close();
 * ```
 */
export async function fileSource(path: string): Promise<ByteSource> {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`fileSource: \`path\` must be a path, got ${show(path)}.`);
  }
  const { open } = nodeModule('node:fs/promises', `reads the path "${path}"`);
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new TensorFileError(`${path}: cannot be opened: ${(error as Error).message}.`);
  }
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new TensorFileError(`${path}: is not a file.`);
  }
  const read = async (offset: number, length: number, scratch?: Scratch) => {
    const bytes = scratch?.take(length) ?? new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw new TensorFileError(`${path}: became shorter while it was read.`);
      filled += bytesRead;
    }
    return bytes;
  };
  return checked(path, stats.size, read, () => handle.close());
}
