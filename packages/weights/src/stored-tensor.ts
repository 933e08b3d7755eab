import type { ByteRange, ByteSource } from './byte-source.js';
import { type DataType, ELEMENT_SIZE, FLOAT_TYPES } from './data-types.js';
import { floatValues } from './float-values.js';
import type { Scratch } from './scratch.js';
import { WeightFileError } from './weight-file-error.js';

/** A tensor of a file, whose values are still there. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** Reads its values, row by row, as float32. With a `scratch` they may lie in it, until it is used again. */
  read(scratch?: Scratch): Promise<Float32Array>;
}

/** The tensors of a file, by name. */
export interface WeightFile {
  readonly format: 'safetensors' | 'torch' | 'haiku' | 'tfjs';
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Lets go of files that it opened. */
  close?(): Promise<void>;
}

/** A tensor that lies row by row at `range`. */
export function contiguousTensor(
  source: ByteSource,
  name: string,
  shape: readonly number[],
  dtype: DataType,
  range: ByteRange,
): StoredTensor {
  const read = async (scratch?: Scratch) => {
    assertReadable(source.label, name, dtype);
    return floatValues(await source.read(range.offset, range.length, scratch), dtype)!;
  };
  return { name, shape, dtype, read };
}

/** Throws unless `dtype` becomes float32 values. */
export function assertReadable(label: string, name: string, dtype: DataType): void {
  if ((FLOAT_TYPES as readonly string[]).includes(dtype)) return;
  throw new WeightFileError(
    `${label}: "${name}" is ${dtype}; weights must be one of ${FLOAT_TYPES.join(', ')}. Convert it where it was made.`,
  );
}

/**
 * Checks that `shape` is a list of whole sizes, few enough for an array, and gives their product.
 *
 * @throws WeightFileError
 */
export function elementCount(label: string, name: string, shape: unknown): number {
  const isShape = Array.isArray(shape) && shape.length <= 32 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isShape)
    throw new WeightFileError(`${label}: the shape of "${name}" must be whole numbers, got ${show(shape)}.`);
  const count = (shape as number[]).reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(count * 8)) {
    throw new WeightFileError(`${label}: the shape of "${name}" is beyond all bounds: ${show(shape)}.`);
  }
  return count;
}

/** Bytes of `count` elements. */
export function byteLength(count: number, dtype: DataType): number {
  return count * ELEMENT_SIZE[dtype];
}

/** A value of a file as a message shows it: short, and one line. */
export function show(value: unknown): string {
  if (Array.isArray(value) && value.length <= 8 && value.every((n) => typeof n === 'number')) return `[${value}]`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null || ['number', 'boolean', 'undefined', 'bigint'].includes(typeof value)) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'something else';
}
