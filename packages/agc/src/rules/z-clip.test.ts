import { expectTensorClose, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { TransformState, type ZClipArgs, type ZClipMode, zClip } from '../index.js';

/** What becomes of gradients of one element, step after step, and what is remembered in the end. */
function run(args: ZClipArgs, gradients: readonly number[]) {
  const [state, transform] = [new TransformState(), zClip(args)];
  const param = variableOf(() => tf.zeros([1]));
  const clipped = gradients.map((value) =>
    tf.tidy(() => transform.apply([{ param, grad: tf.tensor1d([value]) }], state)[0]!.dataSync()[0]!),
  );
  const [mean, variance, steps] = ['mean', 'variance', 'steps'].map((slot) => state.shared(slot).dataSync()[0]!);
  param.dispose();
  state.dispose();
  return { clipped, mean, variance, steps };
}

// The norms 1, 3, 1, 3 have the mean 2 and the variance 1.
const WARMUP = [1, 3, -1, 3];

it('takes mean and variance of a population from the warm-up, and clips nothing of it', () => {
  const { clipped, mean, variance, steps } = run({ warmupSteps: 4 }, WARMUP);
  expect(clipped).toEqual(WARMUP);
  expectTensorClose([mean!, variance!, steps!], [2, 1, 4]);
});

it('finds a small variance beside a large mean', () => {
  // 1000 + 0.5, 1000 - 0.5: sums of squares in single precision would leave nothing of 0.25.
  const { mean, variance } = run({ warmupSteps: 4 }, [1000.5, 999.5, 1000.5, 999.5]);
  expectTensorClose([mean!, variance!], [1000, 0.25], { relative: 1e-4 });
});

describe('after it', () => {
  const options = { warmupSteps: 4, zThreshold: 2, alpha: 0.5, eps: 1e-9 } as const;
  it.each<[ZClipMode, number, number]>([
    // z = (12 - 2) / 1 = 10: 2 + 2 * 1 / (10 / 2) = 2.4
    ['reciprocal', 12, 2.4],
    ['mean', 12, 2],
    ['percentile', 12, 4],
    // z = 1.9
    ['reciprocal', -3.9, -3.9],
    ['mean', -3.9, -3.9],
    ['percentile', -3.9, -3.9],
  ])('%s makes of a norm of %d %d, and remembers that', (mode, norm, expected) => {
    const { clipped, mean, variance } = run({ ...options, mode }, [...WARMUP, norm]);
    expectTensorClose([clipped[4]!], [expected]);
    const newMean = (2 + Math.abs(expected)) / 2;
    expectTensorClose([mean!, variance!], [newMean, (1 + (Math.abs(expected) - newMean) ** 2) / 2]);
  });

  it('limits the norm to maxNorm at any time, and remembers what it was before that', () => {
    const { clipped, mean } = run({ ...options, maxNorm: 0.5 }, [...WARMUP, 3]);
    expectTensorClose(clipped, [0.5, 0.5, -0.5, 0.5, 0.5]);
    expectTensorClose([mean!], [2.5]);
  });

  it('learns nothing of a norm that is 0 or not finite', () => {
    const { mean, variance, steps } = run(options, [0, ...WARMUP.slice(0, 2), Number.NaN, 0, ...WARMUP.slice(2)]);
    expectTensorClose([mean!, variance!, steps!], [2, 1, 4]);
    const after = run(options, [...WARMUP, 0, Number.NaN, Infinity, 3e30]);
    expectTensorClose([after.mean!, after.variance!], [2, 1]);
    // A norm that overflows is above any limit.
    expect(after.clipped.slice(4)).toEqual([0, Number.NaN, Number.NaN, 0]);
  });
});

it('tells what it will clip', () => {
  const [state, transform] = [new TransformState(), zClip({ warmupSteps: 4, zThreshold: 2, mode: 'mean', eps: 1e-9 })];
  const param = variableOf(() => tf.zeros([1]), 'fc/kernel');
  const gradients = (value: number) => [{ param, grad: tf.tensor1d([value]) }];
  const told = (value: number) => {
    const given = gradients(value);
    const { values, read } = transform.measure(given, state);
    const [layer] = read(values.dataSync());
    tf.dispose([values, given[0]!.grad]);
    return layer;
  };
  expect(told(9)).toEqual({ layer: 'fc', units: 1, clippedUnits: 0, largestRatio: 0 });
  for (const value of WARMUP) tf.tidy(() => void transform.apply(gradients(value), state));
  // 12 is scaled down to the mean of 2; 3 of the 4 that are allowed.
  expect(told(12)).toEqual({ layer: 'fc', units: 1, clippedUnits: 1, largestRatio: 6 });
  expect(told(3)).toEqual({ layer: 'fc', units: 1, clippedUnits: 0, largestRatio: 0.75 });
  state.dispose();
  param.dispose();
});

it.each<[object, string]>([
  [{ mode: 'median' }, "zClip: `mode` must be one of 'reciprocal', 'mean', 'percentile', got \"median\""],
  [{ zThreshold: 0 }, 'zClip: `zThreshold` must be a finite number > 0, got 0.'],
  [{ alpha: 1.5 }, 'zClip: `alpha` must be a number in [0, 1], got 1.5.'],
  [{ warmupSteps: 1 }, 'zClip: `warmupSteps` must be a whole number from 2, got 1.'],
  [{ eps: 0 }, 'zClip: `eps` must be a finite number > 0, got 0.'],
  [{ maxNorm: -1 }, 'zClip: `maxNorm` must be a finite number > 0, got -1.'],
  [{ z_thresh: 2 }, 'zClip: no option `z_thresh`. It is `zThreshold` here.'],
])('refuses %j', (args, message) => {
  expect(() => zClip(args as ZClipArgs)).toThrow(message);
});
