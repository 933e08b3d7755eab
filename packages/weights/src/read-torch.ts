import { type ByteSource, ELEMENT_SIZE, show, TensorFileError } from '@nfnets/safetensors';
import { readPickle } from './read-pickle.js';
import { stateDictTensors, TORCH_GLOBALS, type TorchStorage, torchStorage } from './torch-pickle.js';
import type { WeightFile } from './weight-file.js';
import { zipEntries } from './zip-entries.js';

/**
 * Lists the tensors of a checkpoint of `torch.save`: a zip archive of a pickle and one file per storage. Reads the pickle
 * alone.
 *
 * @throws TensorFileError
 */
export async function readTorch(source: ByteSource): Promise<WeightFile> {
  const entries = await zipEntries(source);
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a checkpoint of torch.save: ${reason}.`);
  };
  const names = [...entries.keys()];
  if (names.some((name) => name.endsWith('.npy'))) refuse('it is an archive of numpy arrays');
  const main = names.find((name) => /^[^/]*\/data\.pkl$/.test(name)) ?? refuse('it has no data.pkl');
  const folder = main.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  // The largest text it may hold is "little".
  if (order !== undefined) {
    const text = order.length > 6 ? '' : new TextDecoder().decode(await source.read(order.offset, order.length));
    if (text !== 'little') refuse('it must be little-endian');
  }
  const { offset, length } = entries.get(main)!;
  const pickle = { offset, end: offset + length };
  const { value } = await readPickle(source, { ...pickle, globals: TORCH_GLOBALS, persistent: torchStorage });
  const rangeOf = ({ key, dtype, count }: TorchStorage) => {
    const range = entries.get(`${folder}data/${key}`) ?? refuse(`it has no file for the storage ${show(key)}`);
    const wanted = count * ELEMENT_SIZE[dtype];
    if (range.length !== wanted) refuse(`the storage ${show(key)} needs ${wanted} bytes, and has ${range.length}`);
    return range;
  };
  return { format: 'torch', tensors: stateDictTensors(source, value, rangeOf) };
}
