import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { expect } from 'vitest';

/** A shape, to be filled with values in [-1, 1) made from its place among the inputs; or the values themselves. */
export type Input = readonly number[] | { readonly values: tf.TensorLike; readonly dtype?: tf.NumericDataType };

/** A function of tensors under test. */
export type Compute = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/**
 * Fails unless `compute` gives on webgpu the shapes, types and values of tfjs's cpu backend, to `tolerance` of the largest value,
 * and leaves no data behind.
 */
export async function expectSameAsCpu(inputs: readonly Input[], compute: Compute, tolerance = 1e-5): Promise<void> {
  const expected = await runOn('cpu', inputs, compute);
  const actual = await runOn('webgpu', inputs, compute);
  expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(expected.map(({ shape, dtype }) => [shape, dtype]));
  for (const [i, { values }] of actual.entries()) {
    expect(relativeError(values, expected[i]!.values), `result ${i}`).toBeLessThanOrEqual(tolerance);
  }
}

/** The gradients of sum(weights * f(inputs)), with weights that differ from one output to the next. */
export function gradientsOf(f: (...inputs: tf.Tensor[]) => tf.Tensor): (...inputs: tf.Tensor[]) => tf.Tensor[] {
  return (...inputs) =>
    tf.grads((...variables: tf.Tensor[]) => {
      const y = f(...variables);
      return tf.sum(tf.mul(y, tf.tensor(goldenValues('weights', y.size), y.shape)));
    })(inputs);
}

async function runOn(backendName: 'cpu' | 'webgpu', inputs: readonly Input[], compute: Compute) {
  await tf.setBackend(backendName);
  const ids = numDataIds();
  const tensors = inputs.map(makeTensor);
  // Small tensors that the device does not hold yet are computed on the cpu.
  if (backendName === 'webgpu') for (const { dataId } of tensors) (tf.backend() as WebGPUBackend).uploadToGPU(dataId);
  const results = tf.tidy(() => [compute(...tensors)].flat());
  const numbers = await Promise.all(
    results.map(async (result) => ({ shape: result.shape, dtype: result.dtype, values: await result.data() })),
  );
  tf.dispose([tensors, results]);
  expect(numDataIds(), `left behind on ${backendName}`).toBe(ids);
  return numbers;
}

function makeTensor(input: Input, index: number): tf.Tensor {
  // An array has a `values` too: its method.
  if (isShape(input)) return tf.tensor(goldenValues(`input ${index}`, tf.util.sizeFromShape([...input])), [...input]);
  return tf.tensor(input.values, undefined, input.dtype);
}

function isShape(input: Input): input is readonly number[] {
  return Array.isArray(input);
}

function numDataIds(): number {
  return (tf.backend() as tf.KernelBackend & { numDataIds(): number }).numDataIds();
}
