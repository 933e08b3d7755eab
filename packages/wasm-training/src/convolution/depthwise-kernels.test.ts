import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOnThreads } from '../__fixtures__/both-backends.js';
import { type Axis, convolveDepthwise, outputsOf } from '../__fixtures__/plain-kernels.js';

const pair = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

afterAll(async () => {
  await tf.setBackend('cpu');
});

/** Every way in which a window of up to 5 taps can stand along an axis of up to 12 pixels with a stride of up to 6. */
const AXES: readonly Axis[] = (['same', 'valid'] as const).flatMap((pad) =>
  Array.from({ length: 12 * 5 * 6 }, (_, i) => ({
    size: 1 + (i % 12),
    window: 1 + (Math.floor(i / 12) % 5),
    stride: 1 + Math.floor(i / 60),
    pad,
  })).filter(({ size, window, pad }) => pad === 'same' || window <= size),
);

describe('a depthwise convolution', () => {
  const flat: Axis = { size: 1, window: 1, stride: 1, pad: 'valid' };

  it('is its definition at every size, filter and stride, with and without bias and activation', async () => {
    for (const [i, height] of AXES.entries()) {
      // Another width, of the same padding, for each height.
      const others = AXES.filter(({ pad }) => pad === height.pad);
      const width = others[(i * 131 + 7) % others.length]!;
      const [batch, channels, multiplier] = [1 + (i % 2), 1 + (i % 13), 1 + (Math.floor(i / 3) % 3)];
      const shape = [batch, 1, height.size, width.size, channels] as const;
      const filterShape = [height.window, width.window, channels, multiplier];
      const xs = goldenValues(`x ${i}`, tf.util.sizeFromShape([...shape]));
      const taps = goldenValues(`filter ${i}`, tf.util.sizeFromShape(filterShape));
      const expected = convolveDepthwise({ shape, values: xs }, taps, multiplier, [flat, height, width]);
      const strides: [number, number] = [height.stride, width.stride];
      const [plain, fused] = await runOnThreads(
        [
          { values: xs, shape: [batch, height.size, width.size, channels] },
          { values: taps, shape: filterShape },
          { values: goldenValues('bias', channels * multiplier) },
        ],
        (x, filter, bias) => [
          tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, height.pad as 'same'),
          tf.fused.depthwiseConv2d({
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
            strides,
            pad: height.pad as 'same',
            bias: bias!,
            activation: 'relu6',
          }),
        ],
      );
      const { count: rows } = outputsOf(height);
      const { count: columns } = outputsOf(width);
      expect(plain!.shape, `${i}`).toEqual([batch, rows, columns, channels * multiplier]);
      expect(relativeError(plain!.values, expected.values), JSON.stringify({ height, width })).toBeLessThan(1e-5);
      const bias = goldenValues('bias', channels * multiplier);
      const ended = expected.values.map((y, j) => Math.min(Math.max(y + bias[j % bias.length]!, 0), 6));
      for (const [j, y] of ended.entries()) expect(Math.abs(fused!.values[j]! - y)).toBeLessThan(1e-4);
    }
  });

  it('is its definition with dilations, and with separable filters', async () => {
    for (let i = 0; i < 60; i++) {
      const pad = i % 2 === 0 ? ('same' as const) : ('valid' as const);
      const axis = (k: number): Axis => ({
        size: 9 + (k % 5),
        window: 1 + (k % 3),
        stride: 1,
        dilation: 1 + (k % 4),
        pad,
      });
      const [height, width] = [axis(i), axis(i * 7 + 3)];
      const [channels, multiplier] = [1 + (i % 6), 1 + (i % 2)];
      const shape = [2, 1, height.size, width.size, channels] as const;
      const xs = goldenValues('x', tf.util.sizeFromShape([...shape]));
      const taps = goldenValues('taps', height.window * width.window * channels * multiplier);
      const expected = convolveDepthwise({ shape, values: xs }, taps, multiplier, [flat, height, width]);
      const [y, separable] = await runOnThreads(
        [
          { values: xs, shape: [2, height.size, width.size, channels] },
          { values: taps, shape: [height.window, width.window, channels, multiplier] },
        ],
        (x, filter) => {
          const [image, kernel] = [x as tf.Tensor4D, filter as tf.Tensor4D];
          const dilations: [number, number] = [height.dilation!, width.dilation!];
          const identity = tf.reshape<tf.Rank.R4>(tf.eye(channels * multiplier), [
            1,
            1,
            channels * multiplier,
            channels * multiplier,
          ]);
          return [
            tf.depthwiseConv2d(image, kernel, 1, pad, 'NHWC', dilations),
            tf.separableConv2d(image, kernel, identity, 1, pad, dilations),
          ];
        },
      );
      expect(relativeError(y!.values, expected.values)).toBeLessThan(1e-5);
      expect(relativeError(separable!.values, expected.values)).toBeLessThan(1e-5);
    }
  });

  it('is right by hand where the stride is above the filter', async () => {
    const [y] = await runOnThreads([], () =>
      tf.depthwiseConv2d(tf.reshape<tf.Rank.R4>(tf.range(1, 65), [1, 8, 8, 1]), tf.ones([3, 3, 1, 1]), 4, 'same'),
    );
    // Windows at rows and columns 0 and 4: 9 times the number in their middle: 10, 14, 42 and 46.
    expect([...(y!.values as Float32Array)]).toEqual([90, 126, 378, 414]);
  });

  it('takes channels first', async () => {
    const [last, first] = await runOnThreads(
      [
        [2, 6, 5, 3],
        [3, 3, 3, 2],
      ],
      (x, filter) => [
        tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
        tf.transpose(
          tf.depthwiseConv2d(tf.transpose(x as tf.Tensor4D, [0, 3, 1, 2]), filter as tf.Tensor4D, 2, 'same', 'NCHW'),
          [0, 2, 3, 1],
        ),
      ],
    );
    expect(first).toEqual(last);
  });
});

describe('the gradients of a depthwise convolution', () => {
  it('agree with the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batch: fc.integer({ min: 1, max: 3 }),
          size: pair(10),
          channels: fc.integer({ min: 1, max: 9 }),
          multiplier: fc.integer({ min: 1, max: 3 }),
          kernel: pair(4),
          strides: pair(3),
          pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
        }),
        async ({ batch, size, channels, multiplier, kernel, strides, pad }) => {
          fc.pre(pad === 'same' || [0, 1].every((axis) => kernel[axis]! <= size[axis]!));
          const inputShape: [number, number, number, number] = [batch, ...size, channels];
          const filterShape: [number, number, number, number] = [...kernel, channels, multiplier];
          const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, undefined, true);
          const attrs = { strides, pad, dilations: [1, 1] };
          await expectSameOnBoth([inputShape, filterShape, info.outShape], (x, filter, dy) => [
            tf
              .engine()
              .runKernel(
                'DepthwiseConv2dNativeBackpropInput',
                { dy: dy!, filter: filter! },
                { ...attrs, inputShape },
              ) as tf.Tensor,
            tf
              .engine()
              .runKernel(
                'DepthwiseConv2dNativeBackpropFilter',
                { x: x!, dy: dy! },
                { ...attrs, filterShape },
              ) as tf.Tensor,
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
