import type * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** How far two float32 results of the same formula may lie apart: `absolute + relative * |expected|`. */
export interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

type Numbers = tf.Tensor | ArrayLike<number>;

/**
 * Fails unless `actual` and `expected` hold the same numbers in the same order, within the tolerance
 * (1e-5 relative and absolute by default), and, where both are tensors, have the same shape.
 */
export function expectTensorClose(actual: Numbers, expected: Numbers, tolerance: Tolerance = {}): void {
  const { relative = 1e-5, absolute = 1e-5 } = tolerance;
  if (isTensor(actual) && isTensor(expected)) expect(actual.shape).toEqual(expected.shape);
  const got = valuesOf(actual);
  const want = valuesOf(expected);
  expect(got.length, 'number of values').toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i]! - want[i]!);
    // Not `error > limit`: a NaN must fail.
    if (!(error <= absolute + relative * Math.abs(want[i]!))) {
      expect.fail(`value ${i} is ${got[i]}, expected ${want[i]} (off by ${error.toExponential(2)})`);
    }
  }
}

/** Largest difference relative to the largest magnitude of `expected`: one number for a whole tensor. */
export function relativeError(actual: Numbers, expected: Numbers): number {
  const got = valuesOf(actual);
  const want = valuesOf(expected);
  let error = 0;
  let scale = Number.MIN_VALUE;
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i]! - want[i]!);
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
    scale = Math.max(scale, Math.abs(want[i]!));
  }
  return error / scale;
}

function valuesOf(numbers: Numbers): ArrayLike<number> {
  return isTensor(numbers) ? numbers.dataSync() : numbers;
}

function isTensor(numbers: Numbers): numbers is tf.Tensor {
  return 'dataId' in numbers;
}
