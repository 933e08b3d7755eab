import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { AsyncBuffer, Compressors } from 'hyparquet';

/**
 * A file that is read in parts; opened for each, so that nothing needs to be closed.
 *
 * @throws Error if there is no such file; of a part, if the file has become shorter
 */
export function openParquet(path: string): AsyncBuffer {
  const { size } = statSync(path);
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (!(start >= 0 && end >= start && end <= size)) throw new RangeError(`bytes ${start} to ${end} are not in it`);
      const file = await open(path);
      try {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new RangeError(`it ends ${bytes.length - bytesRead} bytes too early`);
        return bytes.buffer;
      } finally {
        await file.close();
      }
    },
  };
}

/** The package's reader of Parquet, and what undoes its compressions. */
export async function importParquet() {
  try {
    const [parquet, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
    return { parquet, compressors: withEmptyPages(compressors) };
  } catch (error) {
    throw new Error('parquetImages: needs two packages: npm install hyparquet hyparquet-compressors.', {
      cause: error,
    });
  }
}

/** `compressors`, which of a page without values take some for broken; with those of Node, which are faster. */
function withEmptyPages(compressors: Compressors): Compressors {
  const all: Compressors = {
    ...compressors,
    GZIP: (input) => gunzipSync(input),
    BROTLI: (input) => brotliDecompressSync(input),
  };
  return Object.fromEntries(
    Object.entries(all).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array(0) : decompress(input, length)),
    ]),
  );
}
