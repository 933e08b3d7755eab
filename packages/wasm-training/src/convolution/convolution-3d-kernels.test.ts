import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, gradientsOf, runOnThreads } from '../__fixtures__/both-backends.js';
import { type Axis, convolve } from '../__fixtures__/plain-kernels.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('the gradients of a 3-D convolution', () => {
  it.each([
    [1, 'valid'],
    [2, 'valid'],
    [2, 'same'],
  ] as const)('agree with the cpu backend at stride %i, %s', async (stride, pad) => {
    await expectSameOnBoth(
      [
        [2, 5, 4, 6, 3],
        [2, 3, 2, 3, 4],
      ],
      (x, w) => gradientsOf((x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad), x!, w!),
    );
  });
});

describe('a 3-D convolution', () => {
  // Of which tfjs's cpu backend shifts the input where a stride is above the filter's size.
  it('is its definition, and its gradients follow from it, at every stride', async () => {
    for (let i = 0; i < 48; i++) {
      const pad = i % 3 === 0 ? ('valid' as const) : ('same' as const);
      const axes = [0, 1, 2].map((k): Axis => {
        const window = 1 + ((i + k) % 3);
        return { size: window + ((i * (k + 3)) % 5), window, stride: 1 + (Math.floor(i / (k + 1)) % 4), pad };
      }) as [Axis, Axis, Axis];
      const [channels, outChannels] = [1 + (i % 3), 1 + (i % 6)];
      const shape = [2, axes[0].size, axes[1].size, axes[2].size, channels] as const;
      const xs = goldenValues('x', tf.util.sizeFromShape([...shape]));
      const windows = axes.map(({ window }) => window);
      const taps = goldenValues('taps', tf.util.sizeFromShape([...windows, channels, outChannels]));
      const expected = convolve({ shape, values: xs }, taps, outChannels, axes);
      const strides = axes.map(({ stride }) => stride) as [number, number, number];
      const [y, dx, dw] = await runOnThreads(
        [
          { values: xs, shape },
          { values: taps, shape: [...windows, channels, outChannels] },
        ],
        (x, filter) => {
          const apply = (x: tf.Tensor, w: tf.Tensor) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, pad);
          return [apply(x!, filter!), ...tf.grads((x, w) => apply(x, w))([x!, filter!])];
        },
      );
      expect(y!.shape).toEqual(expected.shape);
      expect(relativeError(y!.values, expected.values), JSON.stringify(axes)).toBeLessThan(1e-5);
      // The convolution is linear in both: <dx, x> = <dw, w> = sum(y), also along the unit vectors, of which one is tried here.
      const total = [...(y!.values as Float32Array)].reduce((a, b) => a + b, 0);
      const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Array.from(a).reduce((sum, each, j) => sum + each * b[j]!, 0);
      expect(dot(dx!.values, xs)).toBeCloseTo(total, 2);
      expect(dot(dw!.values, taps)).toBeCloseTo(total, 2);
      const place = (i * 17) % xs.length;
      const unit = Float32Array.from(xs, (_, j) => Number(j === place));
      const along = convolve({ shape, values: unit }, taps, outChannels, axes).values.reduce((a, b) => a + b, 0);
      expect(dx!.values[place]).toBeCloseTo(along, 4);
    }
  });
});
