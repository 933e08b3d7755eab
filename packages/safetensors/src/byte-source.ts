import { show } from '@nfnets/options';
import type { Scratch } from './scratch.js';
import { TensorFileError } from './tensor-file-error.js';

/** Bytes that can be read in any order: a file, a Blob, a buffer. */
export interface ByteSource {
  /** What messages call it. */
  readonly label: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Gives a copy of `length` bytes from `offset`, at the start of a buffer: one of its own, or that of `scratch`. Never
   * reaches past `size`.
   */
  read(offset: number, length: number, scratch?: Scratch): Promise<Uint8Array<ArrayBuffer>>;
  /** Lets go of the file behind it. */
  close(): Promise<void>;
}

/** A part of a source, such as the values of one tensor. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Makes a source of bytes that are in memory.
 *
 * @param bytes The bytes; they are not copied before they are read.
 * @param label What errors call them. Default `'the bytes'`.
 * @throws TypeError for what is no Uint8Array and no ArrayBuffer; its `read`, a {@link TensorFileError} beyond the end.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { bytesSource, readSafetensors } from '@nfnets/safetensors';
 *
 * const { tensors } = await readSafetensors(bytesSource(await readFile('model.safetensors'), 'model.safetensors'));
 * ```
 */
export function bytesSource(bytes: Uint8Array | ArrayBuffer, label = 'the bytes'): ByteSource {
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) {
    throw new TypeError(`bytesSource: \`bytes\` must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}.`);
  }
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return checked(
    label,
    view.length,
    async (offset, length) => new Uint8Array(view.subarray(offset, offset + length)),
    async () => {},
  );
}

/**
 * Makes a source of a Blob or File, such as one that was dropped on a page: only what is asked for is read.
 *
 * @param blob The Blob or File.
 * @param label What errors call it. Default `'the Blob'`.
 * @throws TypeError for what is no Blob; its `read`, a {@link TensorFileError} beyond the end.
 * @example
 * ```ts
 * import { blobSource, readSafetensors } from '@nfnets/safetensors';
 *
 * export async function namesIn(file: File): Promise<string[]> {
 *   const { tensors } = await readSafetensors(blobSource(file, file.name));
 *   return [...tensors.keys()];
 * }
 * ```
 */
export function blobSource(blob: Blob, label = 'the Blob'): ByteSource {
  if (!(blob instanceof Blob)) throw new TypeError(`blobSource: \`blob\` must be a Blob or a File, got ${show(blob)}.`);
  const read = async (offset: number, length: number) =>
    new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
  return checked(label, blob.size, read, async () => {});
}

/**
 * Makes one source of several, one behind the other: a file that was cut into parts.
 *
 * @param parts The sources in their order; closing the whole closes them.
 * @param label What errors call the whole.
 * @throws TypeError for what is no list of sources; its `read`, a {@link TensorFileError} beyond the end.
 * @example
 * ```ts
 * import { fileSource, joinedSource, readSafetensors } from '@nfnets/safetensors';
 *
 * const parts = await Promise.all(['model.part0', 'model.part1'].map(fileSource));
 * const { tensors } = await readSafetensors(joinedSource(parts, 'model'));
 * ```
 */
export function joinedSource(parts: readonly ByteSource[], label: string): ByteSource {
  if (!Array.isArray(parts))
    throw new TypeError(`joinedSource: \`parts\` must be a list of sources, got ${show(parts)}.`);
  for (const part of parts) assertSource('joinedSource', part);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const read = async (offset: number, length: number) => {
    const joined = new Uint8Array(length);
    let start = 0;
    for (const part of parts) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + part.size);
      if (from < to) joined.set(await part.read(from - start, to - from), from - offset);
      start += part.size;
    }
    return joined;
  };
  return checked(label, size, read, async () => {
    for (const part of parts) await part.close();
  });
}

/** Throws unless `source` is one: with a size, and a way to read it. */
export function assertSource(who: string, source: ByteSource): void {
  const { size, read } = (source ?? {}) as Partial<ByteSource>;
  if (Number.isSafeInteger(size) && typeof read === 'function') return;
  throw new TypeError(
    `${who}: a source must have a \`size\` and a way to \`read\` it, got ${show(source)}. ` +
      'bytesSource, blobSource and fileSource make one.',
  );
}

/** A source over `read`, which is only ever asked for bytes that are there. */
export function checked(label: string, size: number, read: ByteSource['read'], close: ByteSource['close']): ByteSource {
  return {
    label,
    size,
    close,
    read: async (offset, length, scratch) => {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
        throw new TensorFileError(
          `${label}: ends too early: ${length} bytes are wanted at ${offset}, and it has ${size}. Was it downloaded to the end?`,
        );
      }
      return read(offset, length, scratch);
    },
  };
}
