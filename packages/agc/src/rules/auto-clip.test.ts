import { expectTensorClose, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AutoClipArgs, autoClip, TransformState } from '../index.js';

/** What becomes of gradients of one element, step after step, and what is remembered in the end. */
function run(args: AutoClipArgs, gradients: readonly number[]) {
  const [state, transform] = [new TransformState(), autoClip(args)];
  const param = variableOf(() => tf.zeros([1]));
  const clipped = gradients.map((value) =>
    tf.tidy(() => transform.apply([{ param, grad: tf.tensor1d([value]) }], state)[0]!.dataSync()[0]!),
  );
  const [recent, sorted] = state.list().map(({ value }) => [...value.dataSync()]);
  param.dispose();
  state.dispose();
  return { clipped, recent, sorted };
}

it('clips to the percentile of the norms so far, the present one included', () => {
  // 4 alone; 4 of 4 and 8 at 25 % is 5; then 2, 4, 8 (3), and 2, 4, 8, 100 (3.5).
  const { clipped } = run({ percentile: 25 }, [4, -8, 2, 100]);
  expectTensorClose(clipped, [4, -5, 2, 3.5]);
});

it('forgets all but the last norms', () => {
  const { clipped, recent, sorted } = run({ percentile: 50, window: 3 }, [1, 9, 5, 8, 2]);
  // The medians of 1; 1, 9; 1, 9, 5; 9, 5, 8; 5, 8, 2.
  expectTensorClose(clipped, [1, 5, 5, 8, 2]);
  expect(recent).toEqual([5, 8, 2]);
  expect(sorted).toEqual([2, 5, 8]);
});

it('learns nothing of a norm that is 0 or not finite', () => {
  const { clipped, recent } = run({ percentile: 0, window: 4 }, [0, Number.NaN, 3, 0, Infinity, 3e30, 5]);
  expect(recent).toEqual([0, 0, 3, 5]);
  // A norm that overflows is above any limit.
  expect(clipped).toEqual([0, Number.NaN, 3, 0, Number.NaN, 0, 3]);
});

it('remembers any norms in their order', () => {
  const norms = fc.array(fc.float({ min: Math.fround(1e-3), max: 1000, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(norms, (given) => {
      const { recent, sorted } = run({ window: 5 }, given);
      // The root of a square in single precision may differ in its last bit.
      expectTensorClose(recent!, [...Array(5).fill(0), ...given].slice(-5), { relative: 1e-6 });
      expect(sorted).toEqual(recent!.toSorted((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});

it('tells what it will clip, the present norm included', () => {
  const [state, transform] = [new TransformState(), autoClip({ percentile: 50 })];
  const param = variableOf(() => tf.zeros([1]), 'fc/kernel');
  const grad = tf.tensor1d([9]);
  for (const value of [3, 5]) tf.tidy(() => void transform.apply([{ param, grad: tf.tensor1d([value]) }], state));
  const { values, read } = transform.measure([{ param, grad }], state);
  const [layer] = read(values.dataSync());
  expect(layer).toMatchObject({ layer: 'fc', units: 1, clippedUnits: 1 });
  expectTensorClose([layer!.largestRatio], [9 / 5]);
  tf.dispose([values, grad, param]);
  state.dispose();
});

it.each<[object, string]>([
  [{ percentile: 101 }, 'autoClip: `percentile` must be a number in [0, 100], got 101.'],
  [{ percentile: -1 }, 'autoClip: `percentile` must be a number in [0, 100], got -1.'],
  [{ window: 1 }, 'autoClip: `window` must be a whole number from 2, got 1.'],
  [{ quantile: 0.1 }, 'autoClip: no option `quantile`. It is `percentile` here, from 0 to 100.'],
])('refuses %j', (args, message) => {
  expect(() => autoClip(args as AutoClipArgs)).toThrow(message);
});
