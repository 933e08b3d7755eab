import { type ByteRange, type ByteSource, elementCount, show } from '@nfnets/safetensors';
import { chooseWeights, type WeightChoice } from '../pickle/choose-weights.js';
import { orderedDict } from '../pickle/numpy-pickle.js';
import { describeValue, InertObject, PickleGlobal, whyInert } from '../pickle/pickle-values.js';
import type { WeightFile } from '../weight-file.js';
import { TorchStorage, TorchTensor } from './torch-tensor.js';
import { type ElementType, STORAGE_TYPES, TORCH_TYPES } from './torch-types.js';

const inert = (what: string) => () => new InertObject(what);

/** What torch's checkpoints refer to and is made here. */
const MADE: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, stride, grad, hooks, type, metadata]) => {
    const known = torchType(type);
    if (known === undefined) return new InertObject(`a tensor of ${describeValue(type)}`);
    return rebuildTensor([storage, offset, shape, stride, grad, hooks, metadata], known);
  },
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
  'torch._utils._rebuild_parameter_with_state': ([tensor]) => tensor,
  'torch._utils._rebuild_sparse_tensor': inert('a sparse tensor'),
  'torch._utils._rebuild_qtensor': inert('a quantized tensor'),
  'torch._utils._rebuild_nested_tensor': inert('a nested tensor'),
  'torch._utils._rebuild_meta_tensor_no_storage': inert('a tensor of the device meta, without values'),
  'torch._utils._rebuild_wrapper_subclass': inert('a tensor of a class of its own'),
  'torch._utils._rebuild_device_tensor_from_numpy': inert('a tensor of another device'),
  'torch._utils._rebuild_device_tensor_from_cpu_tensor': ([tensor, type]) => {
    const isSame = tensor instanceof TorchTensor && tensor.type === torchType(type);
    return isSame ? tensor : new InertObject('a tensor of another device and type');
  },
  // A tensor with attributes, as buffers are: torch.Tensor and Parameter are but the tensor.
  'torch._tensor._rebuild_from_type_v2': ([make, type, args]) => {
    const name = type instanceof PickleGlobal ? type.name : '';
    const isPlain = name === 'torch.Tensor' || name === 'torch.nn.parameter.Parameter';
    if (isPlain && make instanceof PickleGlobal && make.call !== undefined && Array.isArray(args)) {
      return make.call(args);
    }
    return new InertObject(`a tensor of the class ${show(name)}`);
  },
  'torch.Size': ([sizes]) => sizes,
  'collections.OrderedDict': orderedDict,
  'collections.defaultdict': ([, items]) => (items instanceof Map ? items : orderedDict([])),
  'collections.Counter': ([counts]) => (counts instanceof Map ? counts : orderedDict([])),
};

export const TORCH_GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(
  Object.entries(MADE).map(([name, call]) => [name, new PickleGlobal(name, call)]),
);

function torchType(type: unknown): ElementType | undefined {
  const name = type instanceof PickleGlobal ? type.name.replace('torch.', '') : '';
  return Object.hasOwn(TORCH_TYPES, name) ? TORCH_TYPES[name] : undefined;
}

/**
 * What a checkpoint names: the storage ('storage', type, key, device, count, ...), or, before torch 1.6, a class with its source,
 * ('module', class, file, source), which stands for the class alone.
 */
export function torchStorage(id: unknown): TorchStorage | InertObject | PickleGlobal {
  const [kind, type, key, , count] = Array.isArray(id) ? (id as unknown[]) : [];
  if (kind === 'module' && type instanceof PickleGlobal) return type;
  const name = type instanceof PickleGlobal ? type.name.replace(/^torch\.((cuda|storage)\.)?/, '') : undefined;
  if (kind !== 'storage' || name === undefined || typeof key !== 'string' || !isCount(count)) {
    throw new Error('must be a storage of a known type, with a key and a size');
  }
  if (!Object.hasOwn(STORAGE_TYPES, name)) return new InertObject(`a storage of the type ${show(name)}`);
  return new TorchStorage(key, STORAGE_TYPES[name]!, count);
}

function rebuildTensor(args: readonly unknown[], type?: ElementType): TorchTensor | InertObject {
  const [storage, offset, shape, stride, , , metadata] = args;
  if (storage instanceof InertObject) return new InertObject(`a tensor of ${storage.what}`);
  if (!(storage instanceof TorchStorage)) throw new Error('must be given a storage');
  elementCount('torch', 'a tensor', shape);
  const sizes = shape as number[];
  const isStride = Array.isArray(stride) && stride.length === sizes.length && stride.every(isCount);
  if (!isCount(offset) || !isStride) throw new Error('must be given an offset and a stride per axis');
  const isNegated = metadata instanceof Map && metadata.get('neg') === true;
  return new TorchTensor(storage, type ?? storage.type, offset, sizes, stride as number[], isNegated);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * The tensors of an unpickled checkpoint: a state dict, or a dict that has one, see {@link chooseWeights}.
 *
 * @throws TensorFileError
 */
export function stateDictTensors(
  source: ByteSource,
  checkpoint: unknown,
  rangeOf: (storage: TorchStorage) => ByteRange,
  choice: WeightChoice,
  refuse: (reason: string) => never,
): WeightFile {
  const why = checkpoint instanceof TorchTensor ? 'it is a single tensor' : whyInert(checkpoint);
  if (why !== undefined) return refuse(why);
  if (!(checkpoint instanceof Map))
    return refuse(`it must hold a dict of tensors, and is ${describeValue(checkpoint)}. Save the state_dict() alone`);
  const isFloat = (value: unknown) => value instanceof TorchTensor && /^B?F\d/.test(value.type.dtype);
  const hasTensors = (dict: ReadonlyMap<unknown, unknown>) => [...dict.values()].some(isFloat);
  const { dict, ...chosen } = chooseWeights(checkpoint, hasTensors, choice, refuse);
  const tensors: [string, ReturnType<TorchTensor['toTensor']>][] = [];
  const others = new Map<string, string>();
  for (const [key, value] of dict) {
    const name = typeof key === 'string' ? key : `the key ${describeValue(key)}`;
    if (value instanceof TorchTensor) tensors.push([name, value.toTensor(source, name, rangeOf)]);
    else others.set(name, describeValue(value));
  }
  if (tensors.length === 0 && others.size > 0) {
    const some = [...others].slice(0, 4).map(([name, what]) => `${show(name)} is ${what}`);
    refuse(
      `it has no tensors: ${some.join(', ')}. Pass { key } where they are elsewhere; of a whole model save its state_dict()`,
    );
  }
  return { format: 'torch', tensors: new Map(tensors), others, ...chosen };
}
