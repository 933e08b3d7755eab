import { anything, checkOptions, show } from '@nfnets/options';
import { assertDescribed, assertMetadata } from './assert-writable.js';
import type { DataType } from './data-types.js';
import { nodeModule } from './node-module.js';
import { safetensorsHeader } from './safetensors-header.js';
import { byteLength, elementCount } from './stored-tensor.js';
import { TensorFileError } from './tensor-file-error.js';

/** A tensor to be written. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** Its values, row by row, little-endian. Asked for when its turn comes, so that one tensor is in memory at a time. */
  bytes(): Uint8Array | Promise<Uint8Array>;
}

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Texts for `__metadata__`. Default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes tensors as a safetensors file, one at a time, in the order given.
 *
 * @param target A path (in Node), of which the file appears once it is whole and on the disk, or a stream, which is aborted
 * when a tensor cannot be written.
 * @param tensors Name, type, shape and bytes of each.
 * @throws TensorFileError when the path cannot be written; RangeError when a tensor has not as many bytes as its shape and type say;
 * TypeError for what is no tensor or no text.
 * @example
 * ```ts
 * import { writeSafetensors } from '@nfnets/safetensors';
 *
 * const values = Float32Array.of(1, 2, 3, 4);
 * const weight = { name: 'weight', dtype: 'F32', shape: [2, 2], bytes: () => new Uint8Array(values.buffer) } as const;
 * await writeSafetensors('model.safetensors', [weight], { metadata: { format: 'pt' } });
 * ```
 */
export async function writeSafetensors(
  target: string | WritableStream<Uint8Array>,
  tensors: readonly TensorToWrite[],
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const isStream = typeof (target as Partial<WritableStream> | null | undefined)?.getWriter === 'function';
  if (!isStream && (typeof target !== 'string' || target === '')) {
    throw new TypeError(`writeSafetensors: \`target\` must be a path or a WritableStream, got ${show(target)}.`);
  }
  const chunks = checkedChunks('writeSafetensors', tensors, options);
  if (typeof target === 'string') return writeWhole(target, chunks);
  const writer = target.getWriter();
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * The bytes of a safetensors file, piece by piece: the header, then each tensor.
 *
 * @param tensors Name, type, shape and bytes of each.
 * @throws RangeError when a tensor has not as many bytes as its shape and type say; TypeError for what is no tensor or no text.
 * @example
 * ```ts
 * import { safetensorsChunks } from '@nfnets/safetensors';
 *
 * const bias = { name: 'bias', dtype: 'U8', shape: [2], bytes: () => Uint8Array.of(1, 2) } as const;
 * const parts: BlobPart[] = [];
 * for await (const chunk of safetensorsChunks([bias])) parts.push(new Uint8Array(chunk));
 * const file = new Blob(parts); // for a page to offer as a download
 * ```
 */
export function safetensorsChunks(
  tensors: readonly TensorToWrite[],
  options: WriteSafetensorsOptions = {},
): AsyncGenerator<Uint8Array> {
  return checkedChunks('safetensorsChunks', tensors, options);
}

function checkedChunks(
  who: string,
  tensors: readonly TensorToWrite[],
  options: WriteSafetensorsOptions,
): AsyncGenerator<Uint8Array> {
  assertDescribed(who, tensors);
  checkOptions<WriteSafetensorsOptions>(who, options, { metadata: anything });
  const { metadata = {} } = options;
  assertMetadata(who, metadata);
  for (const { name, bytes } of tensors) {
    if (typeof bytes !== 'function') {
      throw new TypeError(`${who}: \`bytes\` of "${name}" must be a function that gives them, got ${show(bytes)}.`);
    }
  }
  return chunksOf(tensors, metadata);
}

async function* chunksOf(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  yield safetensorsHeader(tensors, metadata);
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    const values = await tensor.bytes();
    const expected = byteLength(elementCount('writeSafetensors', name, shape), dtype);
    if (!(values instanceof Uint8Array) || values.length !== expected) {
      const got = values instanceof Uint8Array ? values.length : show(values);
      throw new RangeError(
        `writeSafetensors: "${name}" must have the ${expected} bytes of ${dtype} values of shape [${shape}], got ${got}.`,
      );
    }
    yield values;
  }
}

/** Writes a file under a name of its own and gives it the real one at the end, so that no one sees half of it. */
async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const { open, rename, rm } = nodeModule('node:fs/promises', `writes the path "${path}"`);
  const place = await placeOf(path);
  const partial = `${place}.${globalThis.crypto.randomUUID()}.partial`;
  try {
    const handle = await open(partial, 'wx');
    try {
      for await (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, place);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    // What the disk or the system refused has a code; what a tensor threw is passed on.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new TensorFileError(`writeSafetensors: ${path} cannot be written: ${message}.`, { cause: error });
  }
}

/** Where a file of this path lies: behind links, which stay. A folder or a device is not replaced. */
async function placeOf(path: string): Promise<string> {
  const { realpath, stat } = nodeModule('node:fs/promises', `writes the path "${path}"`);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return path;
  if (found.isFile()) return realpath(path);
  const what = found.isDirectory() ? 'a folder' : 'no file';
  throw new TensorFileError(`writeSafetensors: ${path} cannot be written: it is ${what}. Pass the path of a file.`);
}
