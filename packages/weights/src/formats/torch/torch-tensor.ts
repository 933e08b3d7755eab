import {
  assertReadable,
  type ByteRange,
  type ByteSource,
  elementCount,
  floatValues,
  type Scratch,
  type StoredTensor,
  TensorFileError,
} from '@nfnets/safetensors';
import { gatherRows } from '../pickle/gather-rows.js';
import type { ElementType } from './torch-types.js';

/**
 * Elements of the largest tensor that repeats those of its storage: three times the largest weight of any published network.
 * Without a bound a small file could ask for a large array.
 */
const MOST_REPEATED = 1 << 24;

/** A flat list of elements outside of the pickle. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly count: number,
  ) {}

  get byteLength(): number {
    return this.count * this.type.bytes;
  }
}

/** A view of a storage. */
export class TorchTensor {
  constructor(
    private readonly storage: TorchStorage,
    readonly type: ElementType,
    private readonly offset: number,
    readonly shape: readonly number[],
    private readonly stride: readonly number[],
    /** Whether its values are those of the storage times -1. */
    private readonly isNegated: boolean,
  ) {
    const count = elementCount('torch', 'a tensor', shape);
    if (count > 0 && (offset + span(shape, stride)) * type.bytes > storage.byteLength) {
      throw new Error('reaches past its storage');
    }
  }

  /** The view as a tensor of `source`, where `rangeOf` tells where a storage lies. */
  toTensor(source: ByteSource, name: string, rangeOf: (storage: TorchStorage) => ByteRange): StoredTensor {
    const { storage, offset, shape, stride, isNegated } = this;
    const { dtype, bytes: size } = this.type;
    const count = elementCount(source.label, name, shape);
    const isWhole = count === 0 || isContiguous(shape, stride);
    const range = rangeOf(storage);
    const read = async (scratch?: Scratch) => {
      assertReadable(source.label, name, dtype);
      const available = Math.floor(storage.byteLength / size);
      if (count > Math.max(available, MOST_REPEATED)) {
        throw new TensorFileError(
          `${source.label}: "${name}" needs ${count} elements of a storage of ${available}. Save a copy of it: tensor.clone().`,
        );
      }
      const length = isWhole ? count : span(shape, stride);
      const values = floatValues(await source.read(range.offset + offset * size, length * size, scratch), dtype)!;
      const rows = isWhole ? values : gatherRows(values, shape, stride);
      return isNegated ? rows.map((value) => -value) : rows;
    };
    return { name, shape, dtype, read };
  }
}

/** Elements from the first to the last one of a view. */
function span(shape: readonly number[], stride: readonly number[]): number {
  return shape.reduce((sum, n, axis) => sum + (n - 1) * stride[axis]!, 1);
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
