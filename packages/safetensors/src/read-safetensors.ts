import { assertSource, type ByteSource } from './byte-source.js';
import { LONGEST_HEADER, parseSafetensorsHeader } from './safetensors-header.js';
import { type ContiguousTensor, contiguousTensor } from './stored-tensor.js';
import { TensorFileError } from './tensor-file-error.js';

/** What a safetensors file holds; the values are read when they are asked for. */
export interface SafetensorsFile {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, ContiguousTensor>;
  /** The texts under `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Lists the tensors of a safetensors file. Reads the header alone.
 *
 * @param source Where the bytes are, of which only the header is read here.
 * @throws TensorFileError when anything about the header is not as the format says; TypeError for what is no source.
 * @example
 * ```ts
 * import { type ByteSource, readSafetensors } from '@nfnets/safetensors';
 *
 * // A source of one's own: parts of a file on a server.
 * const read = async (offset: number, length: number) => {
 *   const headers = { range: `bytes=${offset}-${offset + length - 1}` };
 *   return new Uint8Array(await (await fetch('https://example.com/model.safetensors', { headers })).arrayBuffer());
 * };
 * const source: ByteSource = { label: 'model.safetensors', size: 65_000_000, read, close: async () => {} };
 * const { tensors } = await readSafetensors(source);
 * ```
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  assertSource('readSafetensors', source);
  const prefix = await source.read(0, 8);
  const claimed = new DataView(prefix.buffer).getBigUint64(0, true);
  const length = Number(claimed);
  const room = source.size - 8;
  if (length > Math.min(LONGEST_HEADER, room)) {
    throw new TensorFileError(
      `${source.label}: not a sound safetensors file: its header claims ${claimed} bytes, and the file has ${room} behind the length.`,
    );
  }
  const header = parseSafetensorsHeader(source.label, await source.read(8, length), room - length);
  const tensors = header.entries.map(({ name, dtype, shape, range }) =>
    contiguousTensor(source, name, shape, dtype, { offset: 8 + length + range.offset, length: range.length }),
  );
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata: header.metadata };
}
