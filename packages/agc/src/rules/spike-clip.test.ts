import { expectTensorClose, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type SpikeClipArgs, spikeClip, TransformState } from '../index.js';

/** What becomes of the gradients of one variable, step after step, and the mean squares in the end. */
function run(args: SpikeClipArgs, gradients: readonly number[][]) {
  const [state, transform] = [new TransformState(), spikeClip(args)];
  const param = variableOf(() => tf.zeros([gradients[0]!.length]));
  const clipped = gradients.map((values) =>
    tf.tidy(() => [...transform.apply([{ param, grad: tf.tensor1d(values) }], state)[0]!.dataSync()]),
  );
  const squares = [...state.of(param, 'squares').dataSync()];
  param.dispose();
  state.dispose();
  return { clipped, squares };
}

const options = { threshold: 8, beta: 0.5, warmupSteps: 1 } as const;

describe('spikeClip', () => {
  it('limits each element by the mean of its own squares before', () => {
    // The means are 2 and 8 after the first step, the limits 4 and 8.
    const { clipped, squares } = run(options, [
      [2, -4],
      [5, -7],
    ]);
    expectTensorClose(clipped[1]!, [4, -7]);
    // Of the clipped elements: (2 + 16) / 2, (8 + 49) / 2.
    expectTensorClose(squares, [9, 28.5]);
    expectTensorClose(run(options, [[2], [-1000]]).clipped[1]!, [-4]);
  });

  it('leaves the warm-up alone, 19 steps by default', () => {
    const steps = Array.from({ length: 21 }, (_, i) => [i < 18 ? 1 : 1e4]);
    const { clipped } = run({}, steps);
    expect(clipped[18]).toEqual([1e4]);
    expect(run({ ...options, warmupSteps: 3 }, [[1], [100], [1e4], [1e6]]).clipped.slice(0, 3)).toEqual([
      [1],
      [100],
      [1e4],
    ]);
    // The mean of 18 ones and nothing before, times 5000.
    const first = run({}, [...Array.from({ length: 19 }, () => [1]), [1e4]]).clipped[19]![0]!;
    expectTensorClose([first], [Math.sqrt(5000 * (1 - 0.999 ** 19))]);
  });

  it('lets an element move that had no gradient at first', () => {
    const { clipped } = run(options, [[0], [0], [0], [3], [2]]);
    expect(clipped.flat()).toEqual([0, 0, 0, 3, 2]);
  });

  it('learns nothing of what is not finite', () => {
    const { clipped, squares } = run(options, [
      [2, 2, 2],
      [Number.NaN, -Infinity, 3e30],
    ]);
    expect(clipped[1]!.slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
    expectTensorClose(clipped[1]!.slice(2), [4]);
    expectTensorClose(squares, [2, 2, 9]);
    // In the warm-up they pass, and are not squared.
    expect(run({ ...options, warmupSteps: 2 }, [[2], [3e30]])).toEqual({
      clipped: [[2], [Math.fround(3e30)]],
      squares: [2],
    });
  });

  it('counts the elements that it will clip, by layer', () => {
    const [state, transform] = [new TransformState(), spikeClip(options)];
    const params = ['fc/kernel', 'fc/bias', 'head/kernel'].map((name) => variableOf(() => tf.zeros([2]), name));
    const gradients = (...values: number[][]) => params.map((param, i) => ({ param, grad: tf.tensor1d(values[i]!) }));
    const told = (...values: number[][]) => {
      const given = gradients(...values);
      const { values: made, read } = transform.measure(given, state);
      const layers = read(made.dataSync());
      tf.dispose([made, given.map(({ grad }) => grad)]);
      return layers;
    };
    expect(told([9, 9], [9, 9], [9, 9])[0]).toEqual({ layer: 'fc', units: 4, clippedUnits: 0, largestRatio: 0 });
    tf.tidy(() => void transform.apply(gradients([2, 2], [2, 0], [2, 2]), state));
    // All limits are 4, but of the one that has had no gradient.
    const [fc, head] = told([8, 2], [-12, 9], [1, 1]);
    expect(fc).toMatchObject({ layer: 'fc', units: 4, clippedUnits: 2 });
    expect(head).toMatchObject({ layer: 'head', units: 2, clippedUnits: 0 });
    expectTensorClose([fc!.largestRatio, head!.largestRatio], [3, 0.25]);
    state.dispose();
    tf.dispose(params);
  });

  it.each<[object, string]>([
    [{ threshold: 0 }, 'spikeClip: `threshold` must be a finite number > 0, got 0.'],
    [{ beta: 2 }, 'spikeClip: `beta` must be a number in [0, 1], got 2.'],
    [{ warmupSteps: -1 }, 'spikeClip: `warmupSteps` must be a whole number from 0, got -1.'],
    [{ grad_accu_steps: 20 }, 'spikeClip: no option `grad_accu_steps`. It is `warmupSteps` here, one less.'],
  ])('refuses %j', (args, message) => {
    expect(() => spikeClip(args as SpikeClipArgs)).toThrow(message);
  });
});
