import { type ByteSource, type StoredTensor, show, TensorFileError } from '@nfnets/safetensors';
import { FilesBeside, isFileName, type OpenShard } from './files-beside.js';
import type { WeightFile } from './weight-file.js';

/**
 * Lists the tensors of a file in several parts, by its index: `weight_map` tells in which file each tensor is. The index and the
 * files must agree: a tensor that one of them lacks, or that a file has and the index does not put there, is refused by name.
 *
 * @param read Lists the tensors of one of the files.
 * @throws TensorFileError
 */
export async function readSharded(
  { label }: ByteSource,
  index: Readonly<Record<string, unknown>>,
  shard: OpenShard | undefined,
  read: (source: ByteSource) => Promise<WeightFile>,
): Promise<WeightFile> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${label}: not a sound index of shards: ${reason}.`);
  };
  const places = weightMap(index, refuse);
  const files = new FilesBeside(shard, refuse);
  try {
    const tensors = new Map<string, StoredTensor>();
    const others = new Map<string, string>();
    let format: WeightFile['format'] = 'safetensors';
    for (const path of new Set(places.values())) {
      const part = await read(await files.open(path));
      format = part.format;
      for (const [name, what] of part.others ?? []) others.set(name, what);
      for (const [name, tensor] of part.tensors) {
        const place = places.get(name);
        if (place === undefined) refuse(`${show(path)} has the tensor ${show(name)}, which the index does not name`);
        if (place !== path) refuse(`the tensor ${show(name)} is in ${show(path)}, and by the index in ${show(place)}`);
        tensors.set(name, tensor);
      }
    }
    for (const [name, path] of places) {
      if (!tensors.has(name) && !others.has(name)) refuse(`${show(path)} lacks the tensor ${show(name)}`);
    }
    // In the order of the index.
    const ordered = [...places.keys()].flatMap((name) =>
      tensors.has(name) ? [[name, tensors.get(name)!] as const] : [],
    );
    return { format, tensors: new Map(ordered), others, close: files.close };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** The files that an index names, each once, of which all lie beside it. */
export function shardNames(label: string, text: string): string[] {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${label}: not a sound index of shards: ${reason}.`);
  };
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    refuse('it is not JSON');
  }
  return [...new Set(weightMap(index, refuse).values())].map((name) =>
    isFileName(name) ? name : refuse(`its files must lie beside it, got ${show(name)}`),
  );
}

/** Where each tensor is. */
function weightMap(index: unknown, refuse: (reason: string) => never): ReadonlyMap<string, unknown> {
  const map: unknown = (index as Record<string, unknown> | null)?.['weight_map'];
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    return refuse('weight_map must map names to files');
  return new Map(Object.entries(map));
}
