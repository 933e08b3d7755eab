import * as tf from '@tensorflow/tfjs-core';

/*
 * Layers and weights by name, as `exclude` of @nfnets/agc takes them: whole names, but for the number that tf appends
 * to a repeated weight name (`head/kernel_1` in the second model of a process).
 */

/** How well `entry` fits the variable called `name`: 2 as the weight, 1 as its layer, 0 not at all. */
export function matchName(entry: string, name: string): 0 | 1 | 2 {
  if (entry === name) return 2;
  const slash = name.lastIndexOf('/');
  // tf only renames the weights of layers: a variable of the user's called `w_1` is not a second `w`.
  if (slash < 0) return 0;
  if (entry === name.replace(/_\d+$/, '')) return 2;
  return entry === name.slice(0, slash) ? 1 : 0;
}

/** Throws if an entry of `option` fits no variable of this process. */
export function assertEntriesExist(
  who: string,
  option: string,
  entries: readonly string[],
  variables: readonly tf.Variable[],
): void {
  const known = [...variables.map(({ name }) => name), ...Object.keys(tf.engine().registeredVariables)];
  for (const entry of entries) {
    if (known.some((name) => matchName(entry, name))) continue;
    const layers = [...new Set(variables.map(({ name }) => name.slice(0, name.lastIndexOf('/')) || name))];
    const listed = layers.slice(0, 10).map((name) => `'${name}'`);
    throw new Error(
      `${who}: \`${option}\` must name layers ('head') or weights of layers ('head/kernel'), got '${entry}', which ` +
        `is neither. The layers with gradients are ${listed.join(', ')}${layers.length > 10 ? ', ...' : ''}.`,
    );
  }
}
