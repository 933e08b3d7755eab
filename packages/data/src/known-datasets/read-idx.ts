import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { aText, checkOptions, integerFrom, type OptionRules, rule, show } from '@nfnets/options';
import type { ArrayDatasetArgs } from '../dataset/array-dataset.js';
import { classNamesRule } from '../dataset/class-names.js';
import type { Normalization } from '../dataset/normalization.js';

/** The numbers of an IDX file, of the type that it stores. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Numbers with a shape, as an IDX file holds them. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: IdxData;
}

const GZIP = [0x1f, 0x8b];

interface ElementType {
  readonly bytes: number;
  readonly make: (length: number) => IdxData;
  readonly read: (view: DataView, at: number) => number;
}

/** The types of IDX files by their numbers; all are big-endian. */
const TYPES: Readonly<Record<number, ElementType>> = {
  8: { bytes: 1, make: (length) => new Uint8Array(length), read: (view, at) => view.getUint8(at) },
  9: { bytes: 1, make: (length) => new Int8Array(length), read: (view, at) => view.getInt8(at) },
  11: { bytes: 2, make: (length) => new Int16Array(length), read: (view, at) => view.getInt16(at) },
  12: { bytes: 4, make: (length) => new Int32Array(length), read: (view, at) => view.getInt32(at) },
  13: { bytes: 4, make: (length) => new Float32Array(length), read: (view, at) => view.getFloat32(at) },
  14: { bytes: 8, make: (length) => new Float64Array(length), read: (view, at) => view.getFloat64(at) },
};

/**
 * Reads an IDX file, compressed with gzip or not: bytes, signed bytes, integers of 16 and 32 bits, floats of 32 and 64.
 *
 * @param path Path of the file, with or without `.gz`.
 * @throws RangeError if it is no IDX file, or is shorter or longer than its header says; TypeError for what is no path; Error if there is no
 * such file.
 * @example
 * ```ts
 * import { readIdx } from '@nfnets/data/node';
 *
 * const { shape, data } = readIdx('t10k-images-idx3-ubyte.gz');
 * console.log(shape, data.length); // [10000, 28, 28] 7840000
 * ```
 */
export function readIdx(path: string): IdxArray {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`readIdx: \`path\` must be the path of a file, got ${show(path)}.`);
  }
  const bytes = readUnzipped(path);
  const [zero1, zero2, typeNumber, rank] = bytes;
  if (bytes.length < 4 || zero1 !== 0 || zero2 !== 0 || !rank) {
    throw new RangeError(
      `readIdx: ${path} must begin with the magic number of an IDX file, 00 00 type rank, got ${hex(bytes.subarray(0, 4))}.`,
    );
  }
  const type = TYPES[typeNumber!];
  if (!type) {
    const known = hex(Object.keys(TYPES).map(Number)).replaceAll(' ', ', ');
    throw new RangeError(`readIdx: ${path} must hold numbers of type ${known}, got type ${hex([typeNumber!])}.`);
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw new RangeError(`readIdx: ${path} must have a header of ${start} bytes, got ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, length) => product * length, 1);
  const [size, stored] = [count * type.bytes, bytes.length - start];
  if (stored !== size) {
    const sizes = `${shape.join(' x ')}${type.bytes > 1 ? ` x ${type.bytes}` : ''} = ${size}`;
    throw new RangeError(
      `readIdx: ${path} must hold ${sizes} bytes after its header, got ${stored}. ${stored < size ? 'It is cut off: fetch it again.' : ''}`.trimEnd(),
    );
  }
  if (typeNumber === 8) return { shape, data: bytes.subarray(start) };
  const data = type.make(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, start + i * type.bytes);
  return { shape, data };
}

/** Options of {@link idxDataset}. */
export interface IdxDatasetOptions {
  /** File of the images, bytes or floats of 32 bits: `[count, height, width]` or `[count, height, width, channels]`. */
  readonly images: string;
  /** File of the labels, `[count]`; or `[count, columns]`, as QMNIST has them. */
  readonly labels: string;
  /** Which column of labels `[count, columns]` has the class, from 0. Default none: labels have one column. */
  readonly labelColumn?: number;
  /** Classes there are; labels are below it. */
  readonly numClasses: number;
  /** Names by class number. Default the numbers. */
  readonly classNames?: readonly string[];
  /** In the units of the stored values. */
  readonly normalization: Normalization;
}

const RULES: OptionRules<IdxDatasetOptions> = {
  images: aText,
  labels: aText,
  labelColumn: integerFrom(0),
  numClasses: integerFrom(2),
  classNames: classNamesRule,
  normalization: rule('{ mean, std }', () => true),
};

/**
 * Reads images and labels in IDX files, for `arrayDataset`.
 *
 * @throws RangeError if the files are broken or do not belong together, or an option is out of its range; TypeError for an option that cannot
 * be used; Error if there is no such file.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { idxDataset } from '@nfnets/data/node';
 *
 * const files = { images: 'emnist-letters-train-images-idx3-ubyte.gz', labels: 'emnist-letters-train-labels-idx1-ubyte.gz' };
 * const data = arrayDataset(idxDataset({ ...files, numClasses: 27, normalization: { mean: 43.9, std: 84.4 } }));
 * ```
 */
export function idxDataset(options: IdxDatasetOptions): ArrayDatasetArgs {
  const required = ['images', 'labels', 'numClasses', 'normalization'];
  checkOptions<IdxDatasetOptions>('idxDataset', options, RULES, { required });
  const { images, labels, labelColumn, ...rest } = options;
  const { shape, data } = readIdx(images);
  const [count, height, width, channels = 1, ...others] = shape;
  if (width === undefined || others.length > 0) {
    throw new RangeError(
      `idxDataset: ${images} must hold images [count, height, width] or [count, height, width, channels], got [${shape.join(', ')}].`,
    );
  }
  if (!(data instanceof Uint8Array || data instanceof Float32Array)) {
    throw new RangeError(
      `idxDataset: ${images} must hold images of bytes or of floats of 32 bits, types 08 and 0d, got a ${data.constructor.name}.`,
    );
  }
  const classes = labelsOf(readIdx(labels), labelColumn, count!, labels, images);
  return { images: data, labels: classes, imageShape: [height!, width, channels], ...rest };
}

function labelsOf(
  { shape, data }: IdxArray,
  column: number | undefined,
  count: number,
  path: string,
  images: string,
): IdxData {
  const [rows, columns, ...others] = shape;
  if (columns === undefined && rows === count && column === undefined) return data;
  if (columns !== undefined && others.length === 0 && rows === count && column !== undefined && column < columns) {
    return data.filter((_, i) => i % columns === column);
  }
  const hint = columns !== undefined && column === undefined ? ' `labelColumn` names one of several columns.' : '';
  const wanted = column === undefined ? `[${count}]` : `[${count}, more than ${column}]`;
  throw new RangeError(
    `idxDataset: ${path} must hold ${wanted} labels, one for each image of ${images}, got [${shape.join(', ')}].${hint}`,
  );
}

function readUnzipped(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new RangeError(`readIdx: \`path\` must be a file that can be read: ${(error as Error).message}.`, {
      cause: error,
    });
  }
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
