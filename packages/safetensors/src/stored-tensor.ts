import { show as showValue } from '@nfnets/options';
import { assertSource, type ByteRange, type ByteSource } from './byte-source.js';
import { ELEMENT_SIZE, FLOAT_TYPES, isDataType } from './data-types.js';
import { floatValues } from './float-values.js';
import type { Scratch } from './scratch.js';
import { TensorFileError } from './tensor-file-error.js';

/** Bytes of one piece of a tensor that is read in pieces. */
const CHUNK_BYTES = 1 << 20;

/** As in numpy and torch. */
const MOST_AXES = 64;

/** A tensor of a file, whose values are still there. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** By safetensors' name; a `DataType`, or what a newer format or other software calls it. */
  readonly dtype: string;
  /**
   * Reads its values, row by row, as float32. With a `scratch` they may lie in it, until it is used again.
   *
   * @throws TensorFileError for a type that is not F32, F16, BF16 or F64, of which values beyond float32 become infinite.
   */
  read(scratch?: Scratch): Promise<Float32Array>;
}

/** A tensor that lies row by row in its file. */
export interface ContiguousTensor extends StoredTensor {
  /** Reads its bytes, little-endian, whatever the type. With a `scratch` they lie in it, until it is used again. */
  bytes(scratch?: Scratch): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads its bytes in pieces of at most 1 MiB, for a tensor that is too large for memory. */
  chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/**
 * Makes a tensor that lies row by row at `range` of a source, for readers of other formats.
 *
 * @param source Where its bytes are.
 * @param name What it is called.
 * @param shape Its sizes.
 * @param dtype By safetensors' name; another type can be read as bytes alone.
 * @param range Where in the source.
 * @throws TypeError for what is no source or no range.
 * @example
 * ```ts
 * import { bytesSource, contiguousTensor } from '@nfnets/safetensors';
 *
 * const source = bytesSource(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
 * const tensor = contiguousTensor(source, 'weight', [2, 2], 'F32', { offset: 0, length: 16 });
 * console.log(await tensor.read()); // Float32Array [1, 2, 3, 4]
 * ```
 */
export function contiguousTensor(
  source: ByteSource,
  name: string,
  shape: readonly number[],
  dtype: string,
  range: ByteRange,
): ContiguousTensor {
  assertSource('contiguousTensor', source);
  const { offset, length } = range ?? {};
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) {
    throw new TypeError(`contiguousTensor: \`range\` must be { offset, length }, got ${showValue(range)}.`);
  }
  const bytes = (scratch?: Scratch) => source.read(offset, length, scratch);
  const read = async (scratch?: Scratch) => {
    assertReadable(source.label, name, dtype);
    return floatValues(await bytes(scratch), dtype)!;
  };
  async function* chunks() {
    for (let at = 0; at < length; at += CHUNK_BYTES) {
      yield await source.read(offset + at, Math.min(CHUNK_BYTES, length - at));
    }
  }
  return { name, shape, dtype, read, bytes, chunks };
}

/**
 * Throws unless `dtype` becomes float32 values.
 *
 * @param label What the error calls the file.
 * @param name What it calls the tensor.
 * @param dtype By safetensors' name.
 * @throws TensorFileError for a type that is not F32, F16, BF16 or F64.
 * @example
 * ```ts
 * import { assertReadable, openSafetensors } from '@nfnets/safetensors';
 *
 * const { tensors, close } = await openSafetensors('model.safetensors');
 * for (const { name, dtype } of tensors.values()) assertReadable('model.safetensors', name, dtype);
 * await close();
 * ```
 */
export function assertReadable(label: string, name: string, dtype: string): void {
  if ((FLOAT_TYPES as readonly string[]).includes(dtype)) return;
  throw new TensorFileError(
    `${label}: "${name}" is ${dtype}; weights must be one of ${FLOAT_TYPES.join(', ')}. Convert it where it was made.`,
  );
}

/**
 * Checks that `shape` is a list of whole sizes, few enough for an array, and gives their product.
 *
 * @param label What the error calls the file.
 * @param name What it calls the tensor.
 * @param shape What a file says.
 * @throws TensorFileError when it is no such list.
 * @example
 * ```ts
 * import { elementCount } from '@nfnets/safetensors';
 *
 * console.log(elementCount('model.npz', 'head/kernel', [3072, 1000])); // 3072000
 * ```
 */
export function elementCount(label: string, name: string, shape: unknown): number {
  if (Array.isArray(shape) && shape.length > MOST_AXES) {
    throw new TensorFileError(
      `${label}: the shape of "${name}" must have at most ${MOST_AXES} axes, got ${shape.length}.`,
    );
  }
  const isShape = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isShape)
    throw new TensorFileError(`${label}: the shape of "${name}" must be whole numbers, got ${show(shape)}.`);
  const count = (shape as number[]).reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(count * 8)) {
    throw new TensorFileError(`${label}: the shape of "${name}" is beyond all bounds: ${show(shape)}.`);
  }
  return count;
}

/**
 * Bytes of `count` elements.
 *
 * @param count How many elements.
 * @param dtype By safetensors' name.
 * @throws RangeError for a type that is unknown, or elements that do not fill whole bytes.
 * @example
 * ```ts
 * import { byteLength } from '@nfnets/safetensors';
 *
 * console.log(byteLength(1000, 'BF16'), byteLength(4, 'F4')); // 2000 2
 * ```
 */
export function byteLength(count: number, dtype: string): number {
  if (!isDataType(dtype)) {
    throw new RangeError(
      `byteLength: \`dtype\` must be one of ${Object.keys(ELEMENT_SIZE).join(', ')}, got ${show(dtype)}.`,
    );
  }
  const length = count * ELEMENT_SIZE[dtype];
  if (Number.isSafeInteger(length) && length >= 0) return length;
  throw new RangeError(`byteLength: ${count} elements of ${dtype} do not fill whole bytes.`);
}

/**
 * A value of a file as a message shows it: short, and one line.
 *
 * @param value Anything.
 * @example
 * ```ts
 * import { show, TensorFileError } from '@nfnets/safetensors';
 *
 * export function assertMagic(magic: unknown): void {
 *   if (magic !== 'PK') throw new TensorFileError(`model.npz: must begin with PK, got ${show(magic)}.`);
 * }
 * ```
 */
export function show(value: unknown): string {
  if (Array.isArray(value) && value.length <= 8 && value.every((n) => typeof n === 'number')) return `[${value}]`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null || ['number', 'boolean', 'undefined', 'bigint'].includes(typeof value)) {
    const text = String(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }
  return Array.isArray(value) ? `a list of ${value.length}` : 'something else';
}
