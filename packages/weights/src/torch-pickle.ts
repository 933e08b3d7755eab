import {
  assertReadable,
  type ByteRange,
  type ByteSource,
  type DataType,
  ELEMENT_SIZE,
  elementCount,
  floatValues,
  type Scratch,
  type StoredTensor,
  show,
  TensorFileError,
} from '@nfnets/safetensors';
import { gatherRows } from './gather-rows.js';
import { orderedDict } from './numpy-pickle.js';
import { PickleGlobal } from './pickle-values.js';

/** What a torch checkpoint calls the elements of its storages. */
const STORAGE_TYPES: Readonly<Record<string, DataType>> = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** A flat list of elements outside of the pickle. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: DataType,
    readonly count: number,
  ) {}
}

/** A view of a storage. */
class TorchTensor {
  constructor(
    private readonly storage: TorchStorage,
    private readonly offset: number,
    readonly shape: readonly number[],
    private readonly stride: readonly number[],
  ) {}

  /** The view as a tensor of `source`, where `rangeOf` tells where a storage lies. */
  toTensor(source: ByteSource, name: string, rangeOf: (storage: TorchStorage) => ByteRange): StoredTensor {
    const { storage, offset, shape, stride } = this;
    const { dtype } = storage;
    const size = ELEMENT_SIZE[dtype];
    const count = elementCount(source.label, name, shape);
    const contiguous = count === 0 || isContiguous(shape, stride);
    const range = rangeOf(storage);
    const read = async (scratch?: Scratch) => {
      assertReadable(source.label, name, dtype);
      if (contiguous)
        return floatValues(await source.read(range.offset + offset * size, count * size, scratch), dtype)!;
      const spanned = span(shape, stride);
      const values = floatValues(await source.read(range.offset + offset * size, spanned * size, scratch), dtype)!;
      return gatherRows(values, shape, stride);
    };
    return { name, shape, dtype, read };
  }
}

/** What torch's checkpoints refer to. */
export const TORCH_GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    ...Object.keys(STORAGE_TYPES).map((name) => new PickleGlobal(`torch.${name}`)),
    new PickleGlobal('torch._utils._rebuild_tensor_v2', rebuildTensor),
    new PickleGlobal('torch._utils._rebuild_parameter', ([tensor]) => {
      if (!(tensor instanceof TorchTensor)) throw new Error('must be given a tensor');
      return tensor;
    }),
    new PickleGlobal('collections.OrderedDict', orderedDict),
    // The options of a training run, which timm keeps beside the weights: its state is passed over.
    new PickleGlobal('argparse.Namespace', () => new Map()),
  ].map((global) => [global.name, global]),
);

/** The storage that a checkpoint names: ('storage', type, key, device, count, ...). */
export function torchStorage(id: unknown): TorchStorage {
  const [kind, type, key, , count] = Array.isArray(id) ? (id as unknown[]) : [];
  const dtype = type instanceof PickleGlobal ? STORAGE_TYPES[type.name.replace('torch.', '')] : undefined;
  if (kind !== 'storage' || dtype === undefined || typeof key !== 'string' || !isCount(count)) {
    throw new Error('must be a storage of a known type, with a key and a size');
  }
  return new TorchStorage(key, dtype, count);
}

function rebuildTensor([storage, offset, shape, stride]: readonly unknown[]): TorchTensor {
  if (!(storage instanceof TorchStorage)) throw new Error('must be given a storage');
  const count = elementCount('torch', 'a tensor', shape);
  const sizes = shape as number[];
  const isStride = Array.isArray(stride) && stride.length === sizes.length && stride.every(isCount);
  if (!isCount(offset) || !isStride) throw new Error('must be given an offset and a stride per axis');
  // Two places of a tensor in one of the storage would let a small file ask for a large array.
  if (count > storage.count) throw new Error(`needs ${count} elements of a storage of ${storage.count}`);
  if (count > 0 && offset + span(sizes, stride as number[]) > storage.count)
    throw new Error('reaches past its storage');
  return new TorchTensor(storage, offset, sizes, stride as number[]);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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

/**
 * The tensors of an unpickled checkpoint: a state dict, or a dict that has one under a usual key, the averaged weights
 * first, as timm looks for them. The prefix `module.` of a model that was trained on many devices is dropped.
 *
 * @throws TensorFileError
 */
export function stateDictTensors(
  source: ByteSource,
  checkpoint: unknown,
  rangeOf: (storage: TorchStorage) => ByteRange,
): ReadonlyMap<string, StoredTensor> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a state dict: ${reason}.`);
  };
  let dict = checkpoint;
  if (dict instanceof Map) {
    const key = ['state_dict_ema', 'model_ema', 'state_dict', 'model'].find(
      (key) => (dict as Map<unknown, unknown>).get(key) instanceof Map,
    );
    if (key !== undefined) dict = dict.get(key);
  }
  if (!(dict instanceof Map)) return refuse('it must hold a dict of tensors');
  const tensors = new Map<string, StoredTensor>();
  for (const [key, tensor] of dict) {
    if (typeof key !== 'string') return refuse(`a tensor must have a name, got ${show(key)}`);
    if (!(tensor instanceof TorchTensor)) return refuse(`${show(key)} must be a tensor`);
    const name = key.replace(/^module\./, '');
    if (tensors.has(name)) refuse(`it has ${show(name)} twice`);
    tensors.set(name, tensor.toTensor(source, name, rangeOf));
  }
  return tensors;
}
