import '@tensorflow/tfjs-backend-wasm';
import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { sharing } from '../backend/run-kernel.js';
import { setThreads } from '../set-threads.js';

await setThreads(3);
Object.assign(sharing, { worthSharing: 0, worthFetching: 1 });

/** A shape, to be filled with values in [-1, 1) made from its place among the inputs; or the values themselves. */
export type Input =
  | readonly number[]
  | { readonly values: tf.TensorLike; readonly dtype?: tf.NumericDataType; readonly shape?: readonly number[] };

interface Numbers {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

type Compute = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/**
 * Runs `compute` on a backend and returns its results as numbers. Fails where it leaves tensors or memory of the backend
 * behind, or writes over its inputs or the small tensors laid between them.
 */
export async function runOn(
  backendName: 'cpu' | 'wasm',
  inputs: readonly Input[],
  compute: Compute,
): Promise<Numbers[]> {
  await tf.setBackend(backendName);
  const before = { tensors: tf.memory().numTensors, ids: dataIds() };
  const results = tf.tidy(() => {
    const tensors = inputs.map(makeTensor);
    const guards = inputs.map((_, i) => tf.tensor1d([i, i + 1, i + 2]));
    const held = [...tensors, ...guards].map((tensor) => tensor.dataSync().slice());
    const outputs = [compute(...tensors)].flat().map((result) => ({ shape: result.shape, values: result.dataSync() }));
    for (const [i, tensor] of [...tensors, ...guards].entries()) expect(tensor.dataSync()).toEqual(held[i]);
    return outputs;
  });
  expect({ tensors: tf.memory().numTensors, ids: dataIds() }, `left behind on ${backendName}`).toEqual(before);
  return results;
}

/**
 * Fails unless `compute` gives the same on wasm as on tfjs's cpu backend, to `tolerance` of the largest value, and the same bits on
 * one, two and three threads.
 */
export async function expectSameOnBoth(inputs: readonly Input[], compute: Compute, tolerance = 1e-4): Promise<void> {
  const expected = await runOn('cpu', inputs, compute);
  const actual = await runOnThreads(inputs, compute);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of actual.entries()) {
    if (values.length > 0) expect(relativeError(values, expected[i]!.values), `result ${i}`).toBeLessThan(tolerance);
  }
}

/** What `compute` gives on wasm. Fails unless one, two and three threads give the same bits. */
export async function runOnThreads(inputs: readonly Input[], compute: Compute): Promise<Numbers[]> {
  const onThreads: Numbers[][] = [];
  for (const threads of [3, 2, 1]) {
    sharing.threads = threads;
    onThreads.push(await runOn('wasm', inputs, compute));
  }
  const actual = onThreads.pop()!;
  for (const results of onThreads) expect(results).toEqual(actual);
  return actual;
}

/** The gradients of sum(weights * f(inputs)), with weights that differ from one output to the next. */
export function gradientsOf(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...inputs: tf.Tensor[]): tf.Tensor[] {
  return tf.grads((...variables: tf.Tensor[]) => {
    const y = f(...variables);
    return tf.sum(tf.mul(y, tf.reshape(tf.linspace(-1, 1, y.size), y.shape)));
  })(inputs);
}

function makeTensor(input: Input, index: number): tf.Tensor {
  // An array has a `values` too: its method.
  if (isShape(input)) return tf.tensor(goldenValues(`input ${index}`, tf.util.sizeFromShape([...input])), [...input]);
  return tf.tensor(input.values, input.shape && [...input.shape], input.dtype);
}

function isShape(input: Input): input is readonly number[] {
  return Array.isArray(input);
}

function dataIds(): number {
  return (tf.backend() as tf.KernelBackend & { numDataIds(): number }).numDataIds();
}
