import { type ByteSource, show, TensorFileError } from '@nfnets/safetensors';
import type { WeightChoice } from '../pickle/choose-weights.js';
import { readPickle } from '../pickle/read-pickle.js';
import type { WeightFile } from '../weight-file.js';
import { stateDictTensors, TORCH_GLOBALS, torchStorage } from './torch-pickle.js';
import type { TorchStorage } from './torch-tensor.js';
import { zipEntries } from './zip-entries.js';

/** Archives of other software, by a file in them. */
const OTHER_ARCHIVES = [
  { sign: /\.npy$/, what: 'an archive of numpy arrays (.npz). Load it with numpy.load, and save it as safetensors' },
  {
    sign: /^[^/]*\/(constants\.pkl|code\/)/,
    what: 'TorchScript (torch.jit.save). Load it with torch.jit.load, and save its state_dict()',
  },
  {
    sign: /^[^/]*\/(archive_format|models\/model\.json)$/,
    what: 'an exported program (torch.export.save). Save the state_dict() of its model',
  },
  { sign: /^[^/]*\/\.data\/extern_modules$/, what: 'a package of torch.package. Save the state_dict() of its model' },
  { sign: /\.weights\.h5$/, what: 'a model of Keras (.keras). Convert it with tensorflowjs_converter' },
] as const;

/**
 * Lists the tensors of a checkpoint of `torch.save`: a zip archive of a pickle and one file per storage. Reads the pickle
 * alone.
 *
 * @throws TensorFileError
 */
export async function readTorch(source: ByteSource, choice: WeightChoice): Promise<WeightFile> {
  const entries = await zipEntries(source);
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a checkpoint of torch.save: ${reason}.`);
  };
  const names = [...entries.keys()];
  const other = OTHER_ARCHIVES.find(({ sign }) => names.some((name) => sign.test(name)));
  if (other !== undefined) refuse(`it is ${other.what}`);
  const main = names.find((name) => /^[^/]*\/data\.pkl$/.test(name)) ?? refuse('it has no data.pkl');
  const folder = main.slice(0, -'data.pkl'.length);
  const entry = (name: string, missing: () => never) => {
    const found = entries.get(`${folder}${name}`) ?? missing();
    return found.flaw === undefined ? found : refuse(`${show(`${folder}${name}`)} ${found.flaw}`);
  };
  const order = entries.get(`${folder}byteorder`);
  // The largest text it may hold is "little".
  if (order !== undefined) {
    const text =
      order.flaw !== undefined || order.length > 6
        ? ''
        : new TextDecoder().decode(await source.read(order.offset, order.length));
    if (text !== 'little') refuse('it must be little-endian');
  }
  const { offset, length } = entry('data.pkl', () => refuse('it has no data.pkl'));
  const pickle = { offset, end: offset + length };
  const { value } = await readPickle(source, { ...pickle, globals: TORCH_GLOBALS, persistent: torchStorage });
  const rangeOf = ({ key, byteLength: wanted }: TorchStorage) => {
    const range = entry(`data/${key}`, () => refuse(`it has no file for the storage ${show(key)}`));
    if (range.length !== wanted) refuse(`the storage ${show(key)} needs ${wanted} bytes, and has ${range.length}`);
    return range;
  };
  return stateDictTensors(source, value, rangeOf, choice, refuse);
}
