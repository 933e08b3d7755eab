import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { clipMeter, clipStats, type ParamGradient } from '../index.js';

function makeGradients(
  entries: Record<string, readonly [shape: number[], param: number[], grad: number[]]>,
): ParamGradient[] {
  return Object.entries(entries).map(([name, [shape, param, grad]]) => ({
    param: tf.tidy(() => tf.variable(tf.tensor(param, shape), true, name)),
    grad: tf.tensor(grad, shape),
  }));
}

const dispose = (gradients: readonly ParamGradient[]) =>
  tf.dispose(gradients.flatMap(({ param, grad }) => [param, grad]));

it('counts, per layer, what would be clipped', async () => {
  const gradients = makeGradients({
    // Column ratios 1 / .5 = 2 and .003 / 1.360147 = .0022.
    'body/kernel': [
      [3, 2],
      [0.3, -0.4, 0, 1.2, 0.4, 0.5],
      [0.6, 0.001, 0.8, -0.002, 0, 0.002],
    ],
    gain: [[], [0], [0.5]], // .5 / eps = 500
    'head/kernel': [
      [2, 2],
      [3, 1, 4, 0],
      [5, 1e-3, 0, 0],
    ], // 5 / 5 = 1 and .001 / 1
    'body/bias': [[2], [3, 4], [0.3, 0.4]], // .5 / 5 = .1
  });
  const stats = await clipStats(gradients, { clipFactor: 0.02 });
  expect(stats.map(({ layer, units, clippedUnits }) => ({ layer, units, clippedUnits }))).toEqual([
    { layer: 'body', units: 3, clippedUnits: 2 },
    { layer: 'gain', units: 1, clippedUnits: 1 },
    { layer: 'head', units: 2, clippedUnits: 1 },
  ]);
  expectTensorClose(
    stats.map(({ largestRatio }) => largestRatio),
    [2, 500, 1],
  );

  const loose = await clipStats(gradients, { clipFactor: 0.2, eps: 5, exclude: ['head', 'gain'] });
  // With eps 5 the largest ratio of the body is 1 / 5.
  expect(loose.map(({ layer }) => layer)).toEqual(['body']);
  expect(loose[0]!.clippedUnits).toBe(0);
  expect(loose[0]!.largestRatio).toBeCloseTo(0.2, 6);
  dispose(gradients);
});

it('lets the gradients be disposed of before it answers', async () => {
  const gradients = makeGradients({
    'a/kernel': [
      [2, 1],
      [3, 4],
      [0, 5],
    ],
  });
  const answer = clipStats(gradients);
  dispose(gradients);
  expect(await answer).toEqual([{ layer: 'a', units: 1, clippedUnits: 1, largestRatio: 1 }]);
});

it('shows a NaN and counts no clipping for it', async () => {
  const gradients = makeGradients({
    'a/kernel': [
      [2, 2],
      [1, 1, 1, 1],
      [Number.NaN, 1, 1, 1],
    ],
  });
  expect(await clipStats(gradients)).toEqual([{ layer: 'a', units: 2, clippedUnits: 1, largestRatio: Number.NaN }]);
  expect(await clipStats([])).toEqual([]);
  await expect(clipStats(gradients, { clipFactor: 0 })).rejects.toThrow(/^clipStats: `clipFactor` must be finite/);
  await expect(clipStats(gradients, { exclude: ['b'] })).rejects.toThrow(/^clipStats: `exclude` .* got 'b'/);
  dispose(gradients);
});

it('measures in a step and counts later', async () => {
  const gradients = makeGradients({
    'a/kernel': [
      [2, 2],
      [3, 0, 4, 1],
      [0, 1, 5, 0],
    ],
    'b/kernel': [
      [2, 2],
      [1, 0, 0, 1],
      [0, 0, 0, 0],
    ],
    'a/bias': [[1], [2], [0.5]],
  });
  const options = { clipFactor: 0.5, exclude: ['b'] };
  const { values, read } = clipMeter(options)(gradients);
  const expected = await clipStats(gradients, options);
  dispose(gradients);
  expect(read(await values.data())).toEqual(expected);
  values.dispose();
  expect(() => clipMeter({ eps: 0 })).toThrow(/^clipMeter: `eps`/);
  const none = clipMeter()([]);
  expect(none.read(await none.values.data())).toEqual([]);
  none.values.dispose();
});

it('takes what tf.variableGrads gives', async () => {
  const w = tf.tidy(() => tf.variable(tf.fill([2, 2], 2), true, 'map/kernel'));
  const { grads, value } = tf.variableGrads(() => tf.sum(tf.mul(w, 3)) as tf.Scalar);
  // The gradient of each weight is 3, and each is 2.
  expect(await clipStats(grads)).toEqual([
    { layer: 'map', units: 2, clippedUnits: 2, largestRatio: expect.closeTo(1.5, 5) },
  ]);
  tf.dispose([w, value, ...Object.values(grads)]);
});

it.each([
  [undefined, 'got undefined.'],
  [3, 'got 3.'],
  [[3], 'got [3].'],
  [[{ param: 1 }], 'got [{"param":1}].'],
  [{ w: 1 }, 'got {"w":1}.'],
])('refuses %j as gradients', async (gradients, got) => {
  const message = 'clipStats: `gradients` must be an array of { param, grad }';
  await expect(clipStats(gradients as never)).rejects.toThrow(message);
  await expect(clipStats(gradients as never)).rejects.toThrow(got);
  expect(() => clipMeter()(gradients as never)).toThrow(message.replace('clipStats', 'clipMeter'));
});
