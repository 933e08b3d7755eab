import {
  type ByteSource,
  contiguousTensor,
  elementCount,
  joinedSource,
  type StoredTensor,
  show,
  TensorFileError,
} from '@nfnets/safetensors';
import type { WeightFile } from './weight-file.js';

/** Opens a file beside a model.json. */
export type OpenShard = (name: string) => Promise<ByteSource>;

/** Bytes of the longest model.json that is read. */
const LONGEST_JSON = 1 << 26;

/**
 * Lists the weights of a `model.json`, as `model.save` and the converter of TensorFlow.js write it, and opens the files
 * with their values. Only float32: quantized values would need their scales.
 *
 * @throws TensorFileError
 */
export async function readTfjs(source: ByteSource, shard?: OpenShard): Promise<WeightFile> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a model.json of TensorFlow.js: ${reason}.`);
  };
  if (source.size > LONGEST_JSON) refuse(`it has ${source.size} bytes`);
  const text = new TextDecoder().decode(await source.read(0, source.size));
  let groups: unknown;
  try {
    groups = (JSON.parse(text) as { weightsManifest?: unknown } | null)?.weightsManifest;
  } catch {
    refuse('it is not JSON');
  }
  if (!Array.isArray(groups)) return refuse('it has no weightsManifest');
  if (shard === undefined) return refuse('pass its path, or a list of it and its files, for the values are in those');

  const opened: ByteSource[] = [];
  const close = async () => void (await Promise.all(opened.map((part) => part.close())));
  const openPart = async (path: unknown) => {
    if (typeof path !== 'string' || !/^[^/\\:]+$/.test(path) || path === '..') {
      return refuse(`its files must lie beside it, got ${show(path)}`);
    }
    const part = await shard(path);
    opened.push(part);
    return part;
  };
  try {
    return { format: 'tfjs', tensors: await listTensors(groups, openPart, source.label, refuse), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listTensors(
  groups: readonly unknown[],
  openPart: (path: unknown) => Promise<ByteSource>,
  label: string,
  refuse: (reason: string) => never,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const group of groups as (Partial<Record<'paths' | 'weights', unknown>> | null)[]) {
    const { paths, weights } = group ?? {};
    if (!Array.isArray(paths) || !Array.isArray(weights)) return refuse('a group must have paths and weights');
    const parts: ByteSource[] = [];
    for (const path of paths) parts.push(await openPart(path));
    const values = joinedSource(parts, label);
    let offset = 0;
    for (const weight of weights as (Record<string, unknown> | null)[]) {
      const { name, shape, dtype, quantization } = weight ?? {};
      if (typeof name !== 'string') return refuse(`a weight must have a name, got ${show(name)}`);
      if (dtype !== 'float32' || quantization !== undefined)
        return refuse(`${show(name)} must be float32, not quantized`);
      if (tensors.has(name)) refuse(`it has ${show(name)} twice`);
      const length = 4 * elementCount(label, name, shape);
      if (offset + length > values.size) refuse(`its files end before the values of ${show(name)}`);
      tensors.set(name, contiguousTensor(values, name, shape as number[], 'F32', { offset, length }));
      offset += length;
    }
    if (offset !== values.size) refuse(`${values.size - offset} bytes of ${show(paths)} belong to no weight`);
  }
  return tensors;
}
