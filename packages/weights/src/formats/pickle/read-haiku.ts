import { type ByteSource, type StoredTensor, show, TensorFileError } from '@nfnets/safetensors';
import type { WeightFile } from '../weight-file.js';
import { chooseWeights, type WeightChoice } from './choose-weights.js';
import { NUMPY_GLOBALS, NumpyArray } from './numpy-pickle.js';
import { describeValue, whyInert } from './pickle-values.js';
import { readPickle } from './read-pickle.js';

/** What pickle.dump makes of a state dict of torch. */
const ofTorch = /"torch\./;

type Dict = ReadonlyMap<unknown, unknown>;

/**
 * Lists the arrays of a pickle of Haiku's parameters, a dict of module to dict of name to array: by `module/name`. The dict may
 * also be one of several in the pickle, see {@link chooseWeights}. The authors' `F0_haiku.npz` is such a pickle, whatever its name
 * says. Reads none of the arrays.
 *
 * @throws TensorFileError
 */
export async function readHaiku(source: ByteSource, choice: WeightChoice): Promise<WeightFile> {
  const { value, end } = await readPickle(source, { globals: NUMPY_GLOBALS });
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a pickle of Haiku's parameters: ${reason}.`);
  };
  if (end !== source.size) refuse(`${source.size - end} bytes follow the pickle`);
  const why = whyInert(value);
  if (why !== undefined) return refuse(why);
  if (!(value instanceof Map)) {
    return refuse(`it must hold a dict of modules, and is ${describeValue(value)}. Pickle the parameters alone`);
  }
  // Modules have names such as "net", which are keys elsewhere.
  const isPlain = hasArrays(value) && choice.key === undefined && choice.ema === undefined;
  const { dict, ...chosen } = isPlain ? { dict: value } : chooseWeights(value, hasArrays, choice, refuse);
  const tensors = new Map<string, StoredTensor>();
  const others = new Map<string, string>();
  const add = (name: string, array: unknown) => {
    if (isArray(array)) tensors.set(name, array.toTensor(source, name));
    else others.set(name, array instanceof NumpyArray ? array.flaw! : describeValue(array));
  };
  for (const [module, parameters] of dict) {
    const name = typeof module === 'string' ? module : `the key ${describeValue(module)}`;
    if (!(parameters instanceof Map)) add(name, parameters);
    else for (const [parameter, array] of parameters) add(`${name}/${String(parameter)}`, array);
  }
  if (tensors.size === 0) refuseFirst(dict, refuse);
  return { format: 'haiku', tensors, others, ...chosen };
}

function isArray(value: unknown): value is NumpyArray {
  return value instanceof NumpyArray && value.flaw === undefined;
}

/** Whether a dict has arrays, by their names or by those of their modules. */
function hasArrays(dict: Dict): boolean {
  return [...dict.values()].some(
    (value) => isArray(value) || (value instanceof Map && [...value.values()].some(isArray)),
  );
}

/** Says what the first entry of a dict without arrays is instead. */
function refuseFirst(dict: Dict, refuse: (reason: string) => never): void {
  for (const [module, parameters] of dict) {
    if (!(parameters instanceof Map)) {
      const hint = ofTorch.test(describeValue(parameters))
        ? '. Tensors of torch are read as torch.save writes them'
        : '';
      refuse(`module ${show(module)} must hold a dict of arrays, and is ${describeValue(parameters)}${hint}`);
      continue;
    }
    for (const [parameter, value] of parameters) {
      refuse(`${show(`${String(module)}/${String(parameter)}`)} must be an array, and is ${describeValue(value)}`);
    }
  }
}
