import * as tf from '@tensorflow/tfjs-core';
import type { AnyStep, ScalarValues } from '../step-function.js';
import { listLeaves, rebuildTree, type TensorTree } from '../tensor-tree.js';

/** Runs a step as it is, with what it gets when it is compiled. */
export function runEagerly(name: string, step: AnyStep, batch: TensorTree, scalars: ScalarValues): TensorTree {
  listLeaves(batch, `compileStep: the batch of \`${name}\``);
  return tf.tidy(() => {
    const tensors = Object.entries(scalars).map(([key, value]) => [key, tf.scalar(value)] as const);
    const result = step(batch, Object.fromEntries(tensors), {
      hostTensor: (shape, compute) => tf.tensor(compute(scalars), [...shape], 'float32'),
      // A group of more than one is refused where steps are not compiled.
      averaged: (tensors) => [...tensors],
    });
    const outputs = listLeaves(result, `compileStep: what \`${name}\` returns`);
    // Clones, as a step may return a variable or what it was given, and the results are the caller's to dispose.
    return rebuildTree(
      result,
      outputs.map(({ tensor }) => tf.clone(tensor)),
    ) as tf.TensorContainer;
  }) as TensorTree;
}
