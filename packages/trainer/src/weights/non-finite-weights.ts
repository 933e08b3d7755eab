import type * as tf from '@tensorflow/tfjs-core';
import { tensorSums } from './tensor-sums.js';

/** Finds the tensors that hold an infinite or NaN value, by their numbers in the list. Reads all of them. */
export async function nonFiniteWeights(tensors: readonly tf.Tensor[]): Promise<number[]> {
  const found: number[] = [];
  for (const [index, tensor] of tensors.entries()) {
    if (!areFinite(await tensor.data())) found.push(index);
  }
  return found;
}

/** {@link nonFiniteWeights}, but reads only those whose sums, made on the backend, are not finite. */
export async function nonFiniteBySums(tensors: readonly tf.Tensor[]): Promise<number[]> {
  const { values, order } = tensorSums(tensors);
  const sums = await values.data();
  values.dispose();
  const suspects = order.filter((_, i) => !Number.isFinite(sums[i])).sort((a, b) => a - b);
  const found = await nonFiniteWeights(suspects.map((index) => tensors[index]!));
  return found.map((i) => suspects[i]!);
}

/** Whether none of the values is infinite or NaN. */
export function areFinite(values: ArrayLike<number>): boolean {
  // x - x is 0, or NaN for what is not finite: much quicker than a test for each.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
  return !Number.isNaN(sum);
}

/** Whether one of the values is NaN. */
export function hasNaN(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** Name of the layer that a weight belongs to: `block/conv` of `block/conv/kernel_1`. */
export function layerOf(weightName: string): string {
  return weightName.slice(0, weightName.lastIndexOf('/')) || weightName;
}
