import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import './index.js';
import { expectSameOnBoth } from './__fixtures__/both-backends.js';

const pair = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

afterAll(async () => {
  await tf.setBackend('cpu');
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
