import { type ByteRange, type ByteSource, show, TensorFileError } from '@nfnets/safetensors';
import type { WeightChoice } from '../pickle/choose-weights.js';
import { InertObject, PickleGlobal } from '../pickle/pickle-values.js';
import { readPickle } from '../pickle/read-pickle.js';
import type { WeightFile } from '../weight-file.js';
import { stateDictTensors, TORCH_GLOBALS, torchStorage } from './torch-pickle.js';
import type { TorchStorage } from './torch-tensor.js';

/** A pickle of protocol 2 that holds torch's magic number, 0x1950a86a20f9469cfc6c. */
export const LEGACY_TORCH_MAGIC = [
  0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
] as const;

/**
 * Lists the tensors of a checkpoint in the format before torch 1.6, which timm's releases of 2021 have: five pickles (a
 * magic number, a version, the machine, the state dict, the keys of the storages), then each storage behind its size.
 *
 * @throws TensorFileError
 */
export async function readLegacyTorch(source: ByteSource, choice: WeightChoice): Promise<WeightFile> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a checkpoint of torch.save: ${reason}.`);
  };
  const storages = new Map<string, TorchStorage>();
  const persistent = (id: unknown) => {
    const storage = torchStorage(id);
    if (storage instanceof PickleGlobal) return storage;
    if (storage instanceof InertObject) {
      // Where the next storage begins cannot be told without the size of this one's elements.
      if (Array.isArray(id) && id[0] === 'storage') throw new Error(`must not be ${storage.what}`);
      return storage;
    }
    if (Array.isArray(id) && id[5] !== undefined && id[5] !== null) throw new Error('must not be a view of another');
    const known = storages.get(storage.key);
    if (known !== undefined && (known.type !== storage.type || known.count !== storage.count)) {
      throw new Error(`has the key ${show(storage.key)} of another`);
    }
    storages.set(storage.key, storage);
    return storage;
  };
  const options = { globals: TORCH_GLOBALS, persistent };
  const magic = await readPickle(source, options);
  const version = await readPickle(source, { ...options, offset: magic.end });
  const machine = await readPickle(source, { ...options, offset: version.end });
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true)
    refuse('it must be little-endian');
  const dict = await readPickle(source, { ...options, offset: machine.end });
  const keys = await readPickle(source, { ...options, offset: dict.end });
  if (!Array.isArray(keys.value)) return refuse('it must list its storages');

  const ranges = new Map<string, ByteRange>();
  let at = keys.end;
  for (const key of keys.value) {
    const storage = storages.get(key) ?? refuse(`it lists the storage ${show(key)}, which nothing uses`);
    const count = Number(new DataView((await source.read(at, 8)).buffer).getBigInt64(0, true));
    if (count !== storage.count)
      refuse(`the storage ${show(key)} must have ${storage.count} elements, and has ${count}`);
    const range = { offset: at + 8, length: storage.byteLength };
    if (ranges.has(key)) refuse(`it lists the storage ${show(key)} twice`);
    ranges.set(key, range);
    at = range.offset + range.length;
  }
  if (at > source.size) refuse('it ends too early, as where it was not downloaded to the end');
  const rangeOf = ({ key }: TorchStorage) => ranges.get(key) ?? refuse(`it has no storage ${show(key)}`);
  return stateDictTensors(source, dict.value, rangeOf, choice, refuse);
}
