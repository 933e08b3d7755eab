import { expectTensorClose, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type AdaClipArgs, type AdaGNArgs, adaClip, adaGN, type GradientTransform, TransformState } from '../index.js';

/** What becomes of the gradients of one variable, step after step, and what is remembered in the end. */
function run(transforms: readonly GradientTransform[], gradients: readonly number[][]) {
  const states = transforms.map(() => new TransformState());
  const param = variableOf(() => tf.zeros([gradients[0]!.length]));
  const clipped = gradients.map((values) =>
    tf.tidy(() => {
      let grad: tf.Tensor = tf.tensor1d(values);
      for (const [i, transform] of transforms.entries())
        [grad] = transform.apply([{ param, grad }], states[i]!) as [tf.Tensor];
      return [...grad.dataSync()];
    }),
  );
  const remembered = states.flatMap((state) => state.list().map(({ value }) => [...value.dataSync()]));
  param.dispose();
  for (const state of states) state.dispose();
  return { clipped, remembered };
}

describe('adaClip', () => {
  it('scales the elements above the corrected mean of the largest ones', () => {
    const { clipped, remembered } = run(
      [adaClip({ gamma3: 0.5 })],
      [
        [4, -1],
        [-16, 11],
      ],
    );
    expect(clipped[0]).toEqual([4, -1]);
    // T = 4 / 4 + 16 / 2 = 9, over 3 / 4 it is 12: -16 becomes -12, and 11 is below.
    expectTensorClose(clipped[1]!, [-12, 11]);
    expectTensorClose(remembered[0]!, [9, 0.75]);
    // Of several above it the largest becomes the limit, the others keep their ratio to it: 14 * 12 / 16.
    expectTensorClose(
      run(
        [adaClip({ gamma3: 0.5 })],
        [
          [4, 4],
          [16, 14],
        ],
      ).clipped[1]!,
      [12, 10.5],
    );
  });

  it('is exact from the first step on, where 1 - gamma3^t is small', () => {
    // (0.999 * 1 + 2) / 1.999 of the largest ones.
    expectTensorClose(run([adaClip()], [[1], [2]]).clipped[1]!, [2.999 / 1.999], { relative: 1e-6 });
  });

  it('learns nothing of zeros and of what is not finite', () => {
    const { clipped, remembered } = run(
      [adaClip({ gamma3: 0.5 })],
      [
        [0, 0],
        [4, 4],
        [Number.NaN, 1],
        [0, Infinity],
      ],
    );
    expect(clipped.slice(0, 2)).toEqual([
      [0, 0],
      [4, 4],
    ]);
    expect(clipped[2]![0]).toBeNaN();
    expect(clipped[3]![0]).toBe(0);
    expectTensorClose([remembered[0]![0]! / remembered[0]![1]!], [4]);
  });

  it('counts the elements that it will clip', () => {
    const [state, transform] = [new TransformState(), adaClip({ gamma3: 0.5 })];
    const param = variableOf(() => tf.zeros([3]), 'fc/kernel');
    tf.tidy(() => void transform.apply([{ param, grad: tf.tensor1d([4, 0, 0]) }], state));
    const grad = tf.tensor1d([-16, 14, 1]);
    const { values, read } = transform.measure([{ param, grad }], state);
    const [layer] = read(values.dataSync());
    expect(layer).toMatchObject({ layer: 'fc', units: 3, clippedUnits: 2 });
    expectTensorClose([layer!.largestRatio], [16 / 12]);
    tf.dispose([grad, values, param]);
    state.dispose();
  });

  it('refuses what it cannot use', () => {
    expect(() => adaClip({ gamma3: -1 })).toThrow('adaClip: `gamma3` must be a number in [0, 1], got -1.');
    expect(() => adaClip({ theta: 0.9 } as AdaClipArgs)).toThrow('no option `theta`. It is `gamma3` here.');
  });
});

describe('adaGN', () => {
  it('gives a gradient the corrected mean of the norms over the root of that of their squares', () => {
    const { clipped } = run(
      [adaGN({ gamma1: 0.5, gamma2: 0.5, eps: 1e-12 })],
      [
        [3, -4],
        [0, 15],
      ],
    );
    expectTensorClose(clipped[0]!, [0.6, -0.8]);
    // (5 / 4 + 15 / 2) / 0.75 = 35 / 3, (25 / 4 + 225 / 2) / 0.75 = 475 / 3.
    expectTensorClose(clipped[1]!, [0, 35 / 3 / Math.sqrt(475 / 3)]);
  });

  it('leaves little of a gradient that is small beside eps', () => {
    expectTensorClose(run([adaGN({ eps: 1 })], [[0.01]]).clipped[0]!, [0.01 / 1.01]);
  });

  it('learns nothing of zeros and of what is not finite, and lets what follows move', () => {
    const { clipped, remembered } = run(
      [adaGN()],
      [
        [0, 0],
        [0, 0],
        [3, 4],
        [Number.NaN, 1],
        [3e30, 0],
        [0, 0],
      ],
    );
    expect(clipped[0]).toEqual([0, 0]);
    expectTensorClose(clipped[2]!, [0.6, 0.8]);
    expect(clipped[3]![0]).toBeNaN();
    expect(clipped[4]).toEqual([0, 0]);
    expect(clipped[5]).toEqual([0, 0]);
    const [mean, weight, square, squareWeight] = remembered[0]!;
    expectTensorClose([mean! / weight!, square! / squareWeight!], [5, 25]);
  });

  it('makes no more of a spike behind adaClip than of any gradient', () => {
    const { clipped } = run(
      [adaClip(), adaGN()],
      [
        [3, 4],
        [3, 4],
        [3, 4e6],
        [3, 4],
      ],
    );
    for (const gradient of clipped) expect(Math.hypot(...gradient)).toBeLessThan(1 + 1e-5);
  });

  it('refuses what it cannot use', () => {
    expect(() => adaGN({ gamma1: 2 })).toThrow('adaGN: `gamma1` must be a number in [0, 1], got 2.');
    expect(() => adaGN({ gamma2: -1 })).toThrow('adaGN: `gamma2` must be a number in [0, 1], got -1.');
    expect(() => adaGN({ eps: 0 })).toThrow('adaGN: `eps` must be a finite number > 0, got 0.');
    expect(() => adaGN({ gamma: 1 } as AdaGNArgs)).toThrow('adaGN: no option `gamma`; did you mean `gamma1`?');
  });
});
