import { show } from '@nfnets/safetensors';
import { describeValue } from './pickle-values.js';

/** Which weights of a file that has several are meant. */
export interface WeightChoice {
  /** Key of the dict that holds them; the keys to a deeper one are joined by dots, '' is the file's own level. */
  readonly key?: string | undefined;
  /** true: the average over a training run; false: never that. Default timm's rule, see {@link chooseWeights}. */
  readonly ema?: boolean | undefined;
}

type Dict = ReadonlyMap<unknown, unknown>;

/** Levels of dicts that are looked into. */
const DEEPEST = 3;
/** Where timm looks, first to last: for the averaged weights, then for the others. */
const TIMM_EMA_KEYS = ['state_dict_ema', 'model_ema'];
const TIMM_KEYS = ['state_dict', 'model'];
/** Where other software keeps them; two of them leave open which are meant. */
const OTHER_KEYS = ['model_state_dict', 'model_state', 'net', 'network', 'weights', 'params', 'module'];
const OTHER_EMA_KEYS = ['ema_state_dict', 'ema', 'ema_model', 'params_ema', 'ema_params', 'net_ema'];
const EMA_KEYS = [...TIMM_EMA_KEYS, ...OTHER_EMA_KEYS];

/**
 * Finds the dict with the weights in an unpickled checkpoint.
 *
 * As timm does: `state_dict_ema`, `model_ema`, `state_dict`, `model`. Then what other software uses, then the checkpoint
 * itself, then the one dict of tensors in it. Several that may be meant are refused by name.
 *
 * @param hasTensors Whether a dict holds tensors itself.
 * @param refuse Throws with a reason.
 */
export function chooseWeights(
  checkpoint: Dict,
  hasTensors: (dict: Dict) => boolean,
  { key, ema }: WeightChoice,
  refuse: (reason: string) => never,
): { dict: Dict; key?: string; ema?: boolean; otherKeys: readonly string[] } {
  const found = new Map<string, Dict>();
  collect(checkpoint, '', 0, hasTensors, found);
  const isEma = (path: string) => EMA_KEYS.includes(path.slice(path.lastIndexOf('.') + 1));
  const listed = [...found.keys()].map((path) => (path === '' ? 'its own level' : show(path))).join(', ') || 'no key';
  const othersThan = (path: string) => [...found.keys()].filter((each) => each !== path && each !== '');
  const take = (path: string) => {
    const tellsEma = isEma(path) || [...found.keys()].some(isEma);
    return {
      ...{ dict: found.get(path)!, otherKeys: othersThan(path) },
      ...(path !== '' && { key: path }),
      ...(tellsEma && { ema: isEma(path) }),
    };
  };
  /** The only one of `paths` that is there; undefined for none. */
  const single = (paths: readonly string[]) => {
    const present = paths.filter((path) => found.has(path));
    if (present.length < 2) return present[0];
    return refuse(`it has weights under ${present.map(show).join(' and ')}: pass { key } with the one that is meant`);
  };

  if (key !== undefined) {
    if (found.has(key)) return take(key);
    const value = valueAt(checkpoint, key);
    if (value instanceof Map) return { dict: value, otherKeys: othersThan(key), ...(key !== '' && { key }) };
    const what = value === undefined ? `it has no key ${show(key)}` : `${show(key)} is ${describeValue(value)}`;
    return refuse(`${what}; there are weights under ${listed}`);
  }
  if (ema === true) {
    const path = TIMM_EMA_KEYS.find((path) => found.has(path)) ?? single([...found.keys()].filter(isEma));
    return path === undefined ? refuse(`it has no averaged weights; there are weights under ${listed}`) : take(path);
  }
  const path =
    [...(ema === false ? [] : TIMM_EMA_KEYS), ...TIMM_KEYS].find((path) => found.has(path)) ??
    single(OTHER_KEYS) ??
    (found.has('') ? '' : single([...found.keys()].filter((path) => ema !== false || !isEma(path))));
  if (path !== undefined) return take(path);
  if (found.size > 0) return refuse(`it has only averaged weights, under ${listed}, and \`ema\` is false`);
  return { dict: checkpoint, otherKeys: [] };
}

/** Puts every dict of tensors into `found`, by its path. What lies under a key that is no text, as of an optimizer, is not looked at. */
function collect(
  dict: Dict,
  path: string,
  depth: number,
  hasTensors: (dict: Dict) => boolean,
  found: Map<string, Dict>,
) {
  const isFound = hasTensors(dict);
  if (isFound) found.set(path, dict);
  if (depth === DEEPEST || (isFound && depth > 0)) return;
  for (const [key, value] of dict) {
    if (typeof key !== 'string' || !(value instanceof Map) || key.endsWith('_extra_state')) continue;
    collect(value, path === '' ? key : `${path}.${key}`, depth + 1, hasTensors, found);
  }
}

function valueAt(checkpoint: Dict, path: string): unknown {
  let value: unknown = checkpoint;
  if (path === '' || checkpoint.has(path)) return path === '' ? checkpoint : checkpoint.get(path);
  for (const key of path.split('.')) value = value instanceof Map ? value.get(key) : undefined;
  return value;
}
