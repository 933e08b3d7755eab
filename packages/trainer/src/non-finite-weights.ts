import type * as tf from '@tensorflow/tfjs-core';

/** Finds the tensors that hold an infinite or NaN value, by their numbers in the list. */
export async function nonFiniteWeights(tensors: readonly tf.Tensor[]): Promise<number[]> {
  const found: number[] = [];
  for (const [index, tensor] of tensors.entries()) {
    const values = await tensor.data();
    // x - x is 0, or NaN for what is not finite: much quicker than a test for each.
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
    if (Number.isNaN(sum)) found.push(index);
  }
  return found;
}

/** Name of the layer that a weight belongs to: `block/conv` of `block/conv/kernel_1`. */
export function layerOf(weightName: string): string {
  return weightName.slice(0, weightName.lastIndexOf('/')) || weightName;
}
