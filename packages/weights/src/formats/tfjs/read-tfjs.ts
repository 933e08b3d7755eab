import {
  type ByteSource,
  contiguousTensor,
  elementCount,
  joinedSource,
  type StoredTensor,
  show,
  TensorFileError,
} from '@nfnets/safetensors';
import { FilesBeside, type OpenShard } from '../files-beside.js';
import type { WeightFile } from '../weight-file.js';
import { type Quantization, quantizedTensor } from './quantized-tensor.js';

/** TensorFlow.js's types, as safetensors has them; texts have no size of their own. */
const TYPES: Readonly<Record<string, string>> = { float32: 'F32', int32: 'I32', bool: 'BOOL', complex64: 'C64' };
const SIZES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, complex64: 8 };

/**
 * Lists the weights of a `model.json`, as `model.save` and the converter of TensorFlow.js write it, and opens the files
 * with their values. Those of the group `optimizer` are passed over.
 *
 * @param json What the file holds.
 * @throws TensorFileError
 */
export async function readTfjs(
  source: ByteSource,
  json: Readonly<Record<string, unknown>>,
  shard?: OpenShard,
): Promise<WeightFile> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a model.json of TensorFlow.js: ${reason}.`);
  };
  const groups = json['weightsManifest'];
  if (!Array.isArray(groups)) return refuse('it has no weightsManifest');
  const files = new FilesBeside(shard, refuse);
  try {
    return { format: 'tfjs', ...(await listTensors(groups, files, source.label, refuse)), close: files.close };
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function listTensors(
  groups: readonly unknown[],
  files: FilesBeside,
  label: string,
  refuse: (reason: string) => never,
): Promise<Pick<WeightFile, 'tensors' | 'others'>> {
  const tensors = new Map<string, StoredTensor>();
  const others = new Map<string, string>();
  for (const group of groups as (Partial<Record<'paths' | 'weights', unknown>> | null)[]) {
    const { paths, weights } = group ?? {};
    if (!Array.isArray(paths) || !Array.isArray(weights)) return refuse('a group must have paths and weights');
    const parts: ByteSource[] = [];
    for (const path of paths) parts.push(await files.open(path));
    const values = joinedSource(parts, label);
    let offset = 0;
    for (const weight of weights as (Record<string, unknown> | null)[]) {
      const { name, shape, dtype, quantization, group: role } = weight ?? {};
      if (typeof name !== 'string') return refuse(`a weight must have a name, got ${show(name)}`);
      const count = elementCount(label, name, shape);
      const stored = storedType(name, dtype, quantization, refuse);
      const length = stored === 'texts' ? await textBytes(values, offset, count) : count * stored.bytes;
      if (offset + length > values.size) refuse(`its files end before the values of ${show(name)}`);
      const range = { offset, length };
      offset += length;
      if (role === 'optimizer') continue;
      if (tensors.has(name) || others.has(name)) refuse(`it has ${show(name)} twice`);
      if (stored === 'texts') others.set(name, 'texts');
      else if (stored.quantization === undefined) {
        tensors.set(name, contiguousTensor(values, name, shape as number[], stored.dtype, range));
      } else tensors.set(name, quantizedTensor(values, name, shape as number[], stored.quantization, range));
    }
    if (offset !== values.size) refuse(`${values.size - offset} bytes of ${show(paths)} belong to no weight`);
  }
  return { tensors, others };
}

interface StoredType {
  readonly dtype: string;
  readonly bytes: number;
  readonly quantization?: Quantization;
}

/** How the values of a weight lie in the file. */
function storedType(
  name: string,
  dtype: unknown,
  quantization: unknown,
  refuse: (reason: string) => never,
): StoredType | 'texts' {
  if (dtype === 'string' && quantization === undefined) return 'texts';
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    return refuse(`${show(name)} must be float32, int32, bool, complex64 or string, got ${show(dtype)}`);
  }
  const type = TYPES[dtype]!;
  if (quantization === undefined) return { dtype: type, bytes: SIZES[dtype]! };
  const { dtype: kind, scale, min } = (quantization ?? {}) as Partial<Record<'dtype' | 'scale' | 'min', unknown>>;
  const isWhole = kind === 'uint8' || kind === 'uint16';
  if (!isWhole && kind !== 'float16') {
    return refuse(`${show(name)} must be quantized to uint8, uint16 or float16, got ${show(kind)}`);
  }
  if (isWhole && !(Number.isFinite(scale) && Number.isFinite(min))) {
    return refuse(`${show(name)} must have the scale and the min of its quantization`);
  }
  if (dtype !== 'float32' && !(isWhole && dtype === 'int32')) {
    return refuse(`${show(name)} is ${dtype}, which is not quantized to ${kind}`);
  }
  const bytes = kind === 'uint8' ? 1 : 2;
  // Whole numbers are no weights: only their bytes have to be passed.
  if (dtype === 'int32') return { dtype: `${type} as ${kind}`, bytes };
  return {
    dtype: type,
    bytes,
    quantization: isWhole ? { kind, scale: scale as number, min: min as number } : { kind },
  };
}

/** Bytes of `count` texts, each behind its length. */
async function textBytes(values: ByteSource, start: number, count: number): Promise<number> {
  let offset = start;
  for (let i = 0; i < count && offset + 4 <= values.size; i++) {
    const { buffer } = await values.read(offset, 4);
    offset += 4 + new DataView(buffer).getUint32(0, true);
    if (i === count - 1) return offset - start;
  }
  return count === 0 ? 0 : Number.POSITIVE_INFINITY;
}
