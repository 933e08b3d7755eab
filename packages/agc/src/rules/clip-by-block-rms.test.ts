import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { clipByBlockRms } from '../index.js';

function gradientsOf(values: readonly (number | number[])[]) {
  return values.map((value, i) => ({
    param: tf.tidy(() => tf.variable(tf.zerosLike(tf.tensor(value)), true, `fc_${i}/weight`)),
    grad: tf.tensor(value),
  }));
}

function clip(values: readonly (number | number[])[], args?: { threshold: number }): number[][] {
  const gradients = gradientsOf(values);
  const clipped = tf.tidy(() =>
    clipByBlockRms(args)
      .apply(gradients)
      .map((each) => [...each.dataSync()]),
  );
  tf.dispose(gradients.flatMap(({ param, grad }) => [param, grad]));
  return clipped;
}

it('divides a tensor by its root mean square over the threshold', () => {
  // rms 5, and sqrt((9 + 16) / 4) = 2.5.
  const [two, four] = clip([
    [1, 7],
    [0, 3, 0, -4],
  ]);
  expectTensorClose(two!, [0.2, 1.4]);
  expectTensorClose(four!, [0, 1.2, 0, -1.6]);
  expectTensorClose(clip([[1, 7]], { threshold: 2 })[0]!, [0.4, 2.8]);
  // A scalar is its own root mean square.
  expectTensorClose(clip([-3])[0]!, [-1]);
});

it('keeps the exact bits up to the threshold, however large the tensor', () => {
  expect(clip([[1, -1, 1, 1], 1, [0.3, 0.7]])).toEqual([[1, -1, 1, 1], [1], [0.3, 0.7].map(Math.fround)]);
  const ones = Array<number>(5000).fill(1);
  expect(clip([ones], { threshold: 1.0001 })).toEqual([ones]);
});

it('makes NaN of an infinite element and 0 of its neighbours', () => {
  expect(clip([[Number.POSITIVE_INFINITY, 1]])).toEqual([[Number.NaN, 0]]);
  expect(clip([[Number.NaN, 3]])).toEqual([[Number.NaN, 3]]);
});

it('counts whole tensors, by root mean square over threshold', async () => {
  const gradients = gradientsOf([[1, 7], [1, 1], 4]);
  const { values, read } = clipByBlockRms({ threshold: 2 }).measure(gradients);
  const layers = read(await values.data());
  expect(layers.map(({ layer, units, clippedUnits }) => [layer, units, clippedUnits])).toEqual([
    ['fc_0', 1, 1],
    ['fc_1', 1, 0],
    ['fc_2', 1, 1],
  ]);
  expectTensorClose(
    layers.map(({ largestRatio }) => largestRatio),
    [2.5, 0.5, 2],
  );
  values.dispose();
  tf.dispose(gradients.flatMap(({ param, grad }) => [param, grad]));
});

it('takes 1 for the threshold, and no gradients', () => {
  expect(clipByBlockRms().apply([])).toEqual([]);
  expect(clipByBlockRms().getConfig()).toEqual({ threshold: 1 });
});
