import type * as tf from '@tensorflow/tfjs-core';

/** Finds the name of the first variable that holds an infinite or NaN value; undefined if all are finite. */
export async function nonFiniteWeight(variables: readonly tf.Variable[]): Promise<string | undefined> {
  for (const variable of variables) {
    const values = await variable.data();
    // x - x is 0, or NaN for what is not finite: much quicker than a test for each.
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
    if (Number.isNaN(sum)) return variable.name;
  }
  return undefined;
}
