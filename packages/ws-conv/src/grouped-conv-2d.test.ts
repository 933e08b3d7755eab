import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { groupedConv2d, scaledStandardize } from './index.js';

const tensor = (name: string, shape: number[]) =>
  tf.tensor4d(
    goldenValues(
      name,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape as [number, number, number, number],
  );

/** The same convolution with one dense kernel: zero outside each group's own channels. */
function denseKernel(kernel: tf.Tensor4D, groups: number): tf.Tensor4D {
  const parts = tf.split(kernel, groups, 3);
  const rows = parts.map((part, group) => {
    const zeros = (channels: number) => tf.zeros([kernel.shape[0], kernel.shape[1], channels, part.shape[3]!]);
    const each = kernel.shape[2];
    return tf.concat([zeros(group * each), part, zeros((groups - 1 - group) * each)], 2);
  });
  return tf.concat(rows, 3) as tf.Tensor4D;
}

describe('groupedConv2d', () => {
  it('gives the reference output', () => {
    tf.tidy(() => {
      // The first two output columns of W, standardized; x[k] = ((3k mod 7) - 3) / 4
      const columns = Array.from({ length: 24 }, (_, k) => (((7 * k) % 11) - 5) / 10).filter((_, k) => k % 3 < 2);
      const kernel = scaledStandardize(tf.tensor4d(columns, [2, 2, 2, 2]), tf.ones([2]));
      const x = tf.tensor4d(
        Array.from({ length: 16 }, (_, k) => (((3 * k) % 7) - 3) / 4),
        [1, 2, 2, 4],
      );
      expectTensorClose(
        groupedConv2d(x, kernel, { groups: 2 }),
        [0.597626, 0.501486, -0.649593, -0.09644, 0.230142, -0.115728, 0.478843, -0.405046],
      );
    });
  });

  it('pads as TensorFlow does: the odd pixel goes after', () => {
    tf.tidy(() => {
      const kernel = tf.tensor4d(
        Array.from({ length: 9 }, (_, k) => (k + 1) / 10),
        [3, 3, 1, 1],
      );
      const image = (side: number) =>
        tf.tensor4d(
          Array.from({ length: side * side }, (_, k) => (k + 1) / 10),
          [1, side, side, 1],
        );
      expectTensorClose(groupedConv2d(image(4), kernel, { strides: 2 }), [3.48, 2.52, 2.74, 1.75]);
      expectTensorClose(
        groupedConv2d(image(5), kernel, { strides: 2 }),
        [1.28, 2.41, 1.84, 4.41, 6.81, 4.53, 3.2, 4.57, 2.8],
      );
    });
  });

  it('agrees with a dense convolution in value and both gradients', () => {
    const cases = fc.record({
      groups: fc.integer({ min: 2, max: 4 }),
      inEach: fc.integer({ min: 1, max: 3 }),
      outEach: fc.integer({ min: 1, max: 3 }),
      side: fc.integer({ min: 3, max: 7 }),
      kernelSize: fc.constantFrom(1, 3),
      strides: fc.constantFrom(1, 2),
      padding: fc.constantFrom('same' as const, 'valid' as const),
    });
    fc.assert(
      fc.property(cases, ({ groups, inEach, outEach, side, kernelSize, strides, padding }) => {
        tf.tidy(() => {
          const x = tensor('x', [2, side, side + 1, groups * inEach]);
          const kernel = tensor('kernel', [kernelSize, kernelSize, inEach, groups * outEach]);
          const grouped = (x: tf.Tensor, kernel: tf.Tensor) =>
            groupedConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, { groups, strides, padding });
          const dense = (x: tf.Tensor, kernel: tf.Tensor) =>
            tf.conv2d(x as tf.Tensor4D, denseKernel(kernel as tf.Tensor4D, groups), strides, padding);
          expectTensorClose(grouped(x, kernel), dense(x, kernel));
          const gradients = (f: typeof grouped) =>
            tf.grads((x: tf.Tensor, k: tf.Tensor) => tf.sum(tf.square(f(x, k))))([x, kernel]);
          const [dx, dKernel] = gradients(grouped);
          const [expectedDx, expectedDKernel] = gradients(dense as typeof grouped);
          expectTensorClose(dx!, expectedDx!, { relative: 1e-4, absolute: 1e-4 });
          expectTensorClose(dKernel!, expectedDKernel!, { relative: 1e-4, absolute: 1e-4 });
        });
      }),
      { numRuns: 25 },
    );
  });

  describe('on a backend with grouped kernels', () => {
    const names = ['GroupedConv2D', 'GroupedConv2DBackpropInput', 'GroupedConv2DBackpropFilter'];
    afterEach(() => {
      for (const kernelName of names) tf.unregisterKernel(kernelName, 'cpu');
    });

    it('calls them with the shapes they need', () => {
      const calls: unknown[] = [];
      for (const kernelName of names) {
        tf.registerKernel({
          kernelName,
          backendName: 'cpu',
          kernelFunc: ({ inputs, attrs }) => {
            calls.push([kernelName, Object.keys(inputs), attrs]);
            const shape = (attrs?.['inputShape'] ?? attrs?.['filterShape'] ?? [1, 2, 2, 4]) as number[];
            const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
            return { dataId: tf.backend().write(values, shape, 'float32'), shape, dtype: 'float32' as const };
          },
        });
      }
      tf.tidy(() => {
        const x = tensor('x', [1, 4, 4, 2]);
        const kernel = tensor('kernel', [3, 3, 1, 4]);
        tf.grads((x: tf.Tensor, k: tf.Tensor) =>
          tf.sum(groupedConv2d(x as tf.Tensor4D, k as tf.Tensor4D, { groups: 2, strides: 2 })),
        )([x, kernel]);
      });
      const geometry = { strides: [2, 2], pad: 'same', dilations: [1, 1], groups: 2 };
      expect(calls).toEqual([
        ['GroupedConv2D', ['x', 'filter'], geometry],
        ['GroupedConv2DBackpropInput', ['dy', 'filter'], { ...geometry, inputShape: [1, 4, 4, 2] }],
        ['GroupedConv2DBackpropFilter', ['x', 'dy'], { ...geometry, filterShape: [3, 3, 1, 4] }],
      ]);
    });
  });

  it.each([
    [{ groups: 0 }, /`groups` must be a whole number from 1, got 0/],
    [{ groups: 1.5 }, /`groups` must be a whole number from 1, got 1.5/],
    [{ stride: 2 }, /^groupedConv2d: no option `stride`\. It is `strides`/],
    [{ dilations: 2 }, /no option `dilations`\. TensorFlow\.js has no gradient/],
    [{ pad: 'same' }, /no option `pad`\. It is `padding`/],
    [{ group: 2 }, /no option `group`; did you mean `groups`\?/],
    [{ padding: 'full' }, /`padding` must be one of 'same', 'valid', 'symmetric', got "full"/],
    [{ strides: [2] }, /`strides` must be a whole number from 1, or \[height, width\] of them, got \[2\]/],
    [2, /options must be an object like \{ strides, padding \}, got 2/],
    [{ groups: 3 }, /input channels \(4\) and output channels \(6\) must be divisible by `groups` \(3\)/],
    [
      { groups: 2 },
      /`kernel` must have shape \[height, width, 2, outChannels\] for 4 input channels in 2 groups, got \[1,1,4,6\]/,
    ],
  ])('refuses %o', (args, message) => {
    tf.tidy(() => {
      expect(() => groupedConv2d(tf.zeros([1, 2, 2, 4]), tf.zeros([1, 1, 4, 6]), args as object)).toThrow(message);
    });
  });

  it('refuses what is no image and no kernel', () => {
    tf.tidy(() => {
      const call = groupedConv2d as (...args: unknown[]) => unknown;
      expect(() => call()).toThrow('groupedConv2d: `x` must be a tensor of four axes, got undefined');
      expect(() => call({ filters: 3, kernelSize: 3 })).toThrow('`x` must be a tensor of four axes, got {"filters":3');
      expect(() => call(tf.zeros([2, 2, 4]), tf.zeros([1, 1, 4, 6]))).toThrow('got one of shape [2,2,4]');
      expect(() => call(tf.zeros([1, 2, 2, 4]), 3)).toThrow('`kernel` must be a tensor of four axes, got 3');
    });
  });

  describe('with symmetric padding', () => {
    it.each([
      [4, 3, 2],
      [5, 3, 2],
      [8, 7, 2],
      [7, 7, 2],
      [7, 3, 3],
      [6, 3, 1],
      [6, 1, 2],
    ])('pads all sides alike: %i pixels, kernel of %i, stride %i', (size, side, strides) => {
      tf.tidy(() => {
        const x = tensor('x', [1, size, size, 2]);
        const kernel = tensor('kernel', [side, side, 2, 3]);
        const before = (side - 1) / 2;
        const padded = tf.pad4d(x, [
          [0, 0],
          [before, before],
          [before, before],
          [0, 0],
        ]);
        const expected = tf.conv2d(padded, kernel, strides, 'valid');
        expectTensorClose(groupedConv2d(x, kernel, { strides, padding: 'symmetric' }), expected);
      });
    });

    it('refuses a kernel without a centre', () => {
      tf.tidy(() => {
        expect(() => groupedConv2d(tf.zeros([1, 4, 4, 1]), tf.zeros([2, 2, 1, 1]), { padding: 'symmetric' })).toThrow(
          '`kernel` must have odd sides for symmetric padding, got [2,2,1,1]',
        );
      });
    });
  });
});
