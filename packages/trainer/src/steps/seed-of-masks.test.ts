import { TraceError } from '@nfnets/compiled-step';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { seedOfMasks } from './seed-of-masks.js';

it('is a function that makes masks', () => {
  const seed = seedOfMasks((shape, values) => tf.tensor(values(3), [...shape]));
  const mask = (seed as (...args: unknown[]) => tf.Tensor)([2], (number: number) => Float32Array.of(number, 0));
  expect([...mask.dataSync()]).toEqual([3, 0]);
  mask.dispose();
});

it.each([
  ['of a tensor of random numbers', (seed: number) => tf.randomUniform([2], 0, 1, 'float32', seed)],
  ['of a dropout', (seed: number) => tf.dropout([1, 2], 0.5, undefined, seed)],
  ['in a sum', (seed: number) => seed + 1],
])('is refused where it is taken for the number %s', (_, use) => {
  const seed = seedOfMasks(() => tf.zeros([1]));
  tf.tidy(() => {
    expect(() => use(seed as number)).toThrow(TraceError);
    expect(() => use(seed as number)).toThrow(/^train: a layer takes the `seed` of its call for a number/);
  });
});
