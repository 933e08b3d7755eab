import { type ByteSource, type StoredTensor, show, TensorFileError } from '@nfnets/safetensors';
import { NUMPY_GLOBALS, NumpyArray } from './numpy-pickle.js';
import { readPickle } from './read-pickle.js';
import type { WeightFile } from './weight-file.js';

/**
 * Lists the arrays of a pickle of Haiku's parameters, a dict of module to dict of name to array: by `module/name`.
 * The authors' `F0_haiku.npz` is such a pickle, whatever its name says. Reads none of the arrays.
 *
 * @throws TensorFileError
 */
export async function readHaiku(source: ByteSource): Promise<WeightFile> {
  const { value, end } = await readPickle(source, { globals: NUMPY_GLOBALS });
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a pickle of Haiku's parameters: ${reason}.`);
  };
  if (end !== source.size) refuse(`${source.size - end} bytes follow the pickle`);
  if (!(value instanceof Map)) return refuse('it must hold a dict of modules');
  const tensors = new Map<string, StoredTensor>();
  for (const [module, parameters] of value) {
    if (typeof module !== 'string') return refuse(`a module must have a name, got ${show(module)}`);
    if (!(parameters instanceof Map)) return refuse(`module ${show(module)} must hold a dict of arrays`);
    for (const [parameter, array] of parameters) {
      const name = `${module}/${String(parameter)}`;
      if (!(array instanceof NumpyArray)) return refuse(`${show(name)} must be an array`);
      tensors.set(name, array.toTensor(source, name));
    }
  }
  return { format: 'haiku', tensors };
}
