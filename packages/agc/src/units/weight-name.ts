import * as tf from '@tensorflow/tfjs-core';
import type { ParamGradient } from '../contract/gradient-transform.js';

/** The parts of a variable's name, `<layer>/<weight><suffix>`; a layer's name may contain `/`. */
export interface WeightName {
  /** Empty for a variable that no layer made. */
  readonly layer: string;
  readonly weight: string;
  /** `_1`, `_2`, ... where tf had already given out the name in this process, else empty. */
  readonly suffix: string;
}

/** Splits `fc/kernel_1` into layer `fc`, weight `kernel` and suffix `_1`. */
export function parseWeightName(name: string): WeightName {
  const slash = name.lastIndexOf('/');
  // tf only renames the weights of layers: a variable of the user's called `w_1` is not a second `w`.
  if (slash < 0) return { layer: '', weight: name, suffix: '' };
  const [, weight = '', suffix = ''] = /^(.*?)(_\d+)?$/.exec(name.slice(slash + 1)) ?? [];
  return { layer: name.slice(0, slash), weight, suffix };
}

/** Tells whether `entry` is the layer of the variable called `name`. */
export function namesLayer(entry: string, name: string): boolean {
  return entry !== '' && parseWeightName(name).layer === entry;
}

/** Tells whether `entry` is the variable called `name` itself, as in `fc/kernel`, whatever suffix tf gave it. */
export function namesWeight(entry: string, name: string): boolean {
  const { layer, weight } = parseWeightName(name);
  return name === entry || `${layer}/${weight}` === entry;
}

/**
 * Throws if an entry of `option` fits no variable: neither one of `gradients` nor one elsewhere in the process, such
 * as a frozen layer's, which has no gradient.
 */
export function assertEntriesExist(
  who: string,
  option: string,
  entries: readonly string[],
  gradients: readonly ParamGradient[],
): void {
  const fits = (entry: string) => (name: string) => namesLayer(entry, name) || namesWeight(entry, name);
  for (const entry of entries) {
    if (gradients.some(({ param }) => fits(entry)(param.name))) continue;
    if (Object.keys(tf.engine().registeredVariables).some(fits(entry))) continue;
    const known = [...new Set(gradients.map(({ param }) => parseWeightName(param.name).layer || param.name))];
    const listed = known.slice(0, 10).map((name) => `'${name}'`);
    throw new Error(
      `${who}: \`${option}\` must name layers ('head') or weights of layers ('head/kernel'), got '${entry}', which ` +
        `is neither. The layers with gradients are ${listed.join(', ')}${known.length > 10 ? ', ...' : ''}.`,
    );
  }
}

/** Name of the layer that a variable belongs to, or of the variable where no layer made it. */
export function layerOf({ name }: tf.Variable): string {
  return parseWeightName(name).layer || name;
}
