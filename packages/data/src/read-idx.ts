import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ArrayDatasetArgs } from './array-dataset.js';
import type { Normalization } from './normalization.js';

/** Bytes with a shape, as an IDX file holds them. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const GZIP = [0x1f, 0x8b];
const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file of bytes, compressed with gzip or not.
 *
 * @throws RangeError if it is no IDX file of bytes, or is shorter or longer than its header says
 *
 * Source: the format of LeCun et al.'s MNIST files.
 */
export function readIdx(path: string): IdxArray {
  const bytes = readUnzipped(path);
  const [zero1, zero2, type, rank] = bytes;
  if (bytes.length < 4 || zero1 !== 0 || zero2 !== 0 || !rank) {
    throw new RangeError(
      `readIdx: ${path} must begin with the magic number of an IDX file, 00 00 type rank, got ${hex(bytes.subarray(0, 4))}.`,
    );
  }
  if (type !== UNSIGNED_BYTE) {
    throw new RangeError(`readIdx: ${path} must hold unsigned bytes, type 08, got type ${hex([type!])}.`);
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw new RangeError(`readIdx: ${path} must have a header of ${start} bytes, got ${bytes.length}.`);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  const data = bytes.subarray(start);
  if (data.length !== size) {
    throw new RangeError(
      `readIdx: ${path} must hold ${shape.join(' x ')} = ${size} bytes after its header, got ${data.length}. ${data.length < size ? 'It is cut off: fetch it again.' : ''}`.trimEnd(),
    );
  }
  return { shape, data };
}

export interface IdxDatasetOptions {
  /** File of the images, `[count, height, width]` or `[count, height, width, channels]`. */
  readonly images: string;
  /** File of the labels, `[count]`. */
  readonly labels: string;
  readonly numClasses: number;
  readonly classNames?: readonly string[];
  readonly normalization: Normalization;
}

/**
 * Reads images and labels in IDX files, for `arrayDataset`.
 *
 * @throws RangeError if the files are broken or do not belong together
 */
export function idxDataset({ images, labels, ...rest }: IdxDatasetOptions): ArrayDatasetArgs {
  const pixels = readIdx(images);
  const classes = readIdx(labels);
  const [count, height, width, channels = 1, ...others] = pixels.shape;
  if (width === undefined || others.length > 0) {
    throw new RangeError(
      `idxDataset: ${images} must hold images [count, height, width] or [count, height, width, channels], got [${pixels.shape.join(', ')}].`,
    );
  }
  if (classes.shape.length !== 1 || classes.shape[0] !== count) {
    throw new RangeError(
      `idxDataset: ${labels} must hold [${count}] labels, one for each image of ${images}, got [${classes.shape.join(', ')}].`,
    );
  }
  return { images: pixels.data, labels: classes.data, imageShape: [height!, width, channels], ...rest };
}

function readUnzipped(path: string): Uint8Array {
  const bytes = readFileSync(path);
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new RangeError(`readIdx: ${path} must be whole, and cannot be unzipped: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'nothing';
}
