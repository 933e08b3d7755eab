import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, gradientsOf, runOn } from '../__fixtures__/both-backends.js';

type Pair = [number, number];
const pair = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));

/** Any convolution that has an output, small enough for the cpu backend. */
const convolutions = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    size: pair(12),
    groups: fc.integer({ min: 1, max: 3 }),
    inChannels: fc.integer({ min: 1, max: 20 }),
    outChannels: fc.integer({ min: 1, max: 18 }),
    kernel: pair(5),
    strides: pair(3),
    dilations: pair(3),
    pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
  })
  .filter(
    ({ pad, size, kernel, dilations }) =>
      pad === 'same' || [0, 1].every((axis) => (kernel[axis]! - 1) * dilations[axis]! < size[axis]!),
  );

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('Conv2D and its gradients', () => {
  it('are right by hand', async () => {
    // x = 1 2   w = 1 10, 'valid': y = 1*1 + 2*10 + 3*100 + 4*1000 = 4321; dy = 2: dx = 2 w, dw = 2 x.
    //     3 4      100 1000
    const [dx, dw] = await runOn('wasm', [{ values: [1, 2, 3, 4] }, { values: [1, 10, 100, 1000] }], (x, w) =>
      tf.grads((x, w) => {
        const y = tf.conv2d(
          tf.reshape<tf.Rank.R4>(x!, [1, 2, 2, 1]),
          tf.reshape<tf.Rank.R4>(w!, [2, 2, 1, 1]),
          1,
          'valid',
        );
        return tf.mul(y, 2);
      })([x!, w!]),
    );
    expect([...(dx!.values as Float32Array)]).toEqual([2, 20, 200, 2000]);
    expect([...(dw!.values as Float32Array)]).toEqual([2, 4, 6, 8]);
  });

  it('agree with the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(
        convolutions,
        async ({ batch, size, inChannels, outChannels, kernel, strides, dilations, pad }) => {
          const convolve = (dilation: Pair | number) => (x: tf.Tensor, w: tf.Tensor) =>
            tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', dilation);
          const inputs = [
            [batch, ...size, inChannels],
            [...kernel, inChannels, outChannels],
          ];
          await expectSameOnBoth(inputs, (x, w) => [
            convolve(1)(x!, w!),
            ...gradientsOf(convolve(1) as () => tf.Tensor, x!, w!),
          ]);
          // tfjs does not dilate and stride at once.
          if (Math.max(...strides) === 1) await expectSameOnBoth(inputs, (x, w) => convolve(dilations)(x!, w!));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('agree with the cpu backend where the steps are longer than the filter', async () => {
    const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 3, 'same');
    await expectSameOnBoth(
      [
        [2, 7, 6, 5],
        [2, 2, 5, 3],
      ],
      (x, w) => [convolve(x!, w!), ...gradientsOf(convolve as () => tf.Tensor, x!, w!)],
    );
  });

  it.each([
    ['a number', 2],
    [
      'sides of their own',
      [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 0],
      ] as tf.backend_util.ExplicitPadding,
    ],
  ] as const)('take padding as %s', async (_, pad) => {
    await expectSameOnBoth(
      [
        [2, 8, 9, 5],
        [3, 4, 5, 6],
      ],
      (x, w) => gradientsOf((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, pad as number), x!, w!),
    );
  });

  it('take an output size that was rounded up, where the cpu backend leaves out its last row', async () => {
    // Rounding up is the same as one more row and column of padding at the end.
    const roundedUp = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 1, 'NHWC', 1, 'ceil');
    const padded = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, [
        [0, 0],
        [1, 2],
        [1, 2],
        [0, 0],
      ]);
    await expectSameOnBoth(
      [
        [2, 8, 8, 5],
        [3, 3, 5, 6],
      ],
      (x, w) => gradientsOf((tf.getBackend() === 'cpu' ? padded : roundedUp) as () => tf.Tensor, x!, w!),
    );
  });

  it('take images with the channels first', async () => {
    const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 1, 'NCHW');
    await expectSameOnBoth(
      [
        [2, 5, 8, 9],
        [3, 3, 5, 6],
      ],
      (x, w) => [convolve(x!, w!), ...gradientsOf(convolve as () => tf.Tensor, x!, w!)],
    );
  });

  it('cross the limits of their blocks', async () => {
    // More pixels than a block, a depth longer than a pass, and a batch that does not divide into blocks of images.
    for (const [x, w] of [
      [
        [1, 30, 33, 3],
        [3, 3, 3, 9],
      ],
      [
        [2, 4, 4, 300],
        [3, 3, 300, 10],
      ],
      [
        [13, 7, 7, 17],
        [3, 3, 17, 8],
      ],
    ]) {
      await expectSameOnBoth([x!, w!], (x, w) => [
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
        ...gradientsOf((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), x!, w!),
      ]);
    }
  });

  it('refuse a dy of another shape', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const run = () =>
        tf
          .engine()
          .runKernel(
            'Conv2DBackpropFilter',
            { x: tf.zeros([1, 4, 4, 1]), dy: tf.zeros([1, 2, 2, 1]) },
            { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 1, 1] },
          );
      expect(run).toThrow("Conv2DBackpropFilter: `dy` must have the output's shape [1,4,4,1], got [1,2,2,1].");
    });
  });
});

describe('GroupedConv2D and its gradients', () => {
  const run = (name: string, inputs: tf.NamedTensorMap, attrs: object) =>
    tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;

  it('agree with a convolution of each group by itself, on the cpu', async () => {
    await fc.assert(
      fc.asyncProperty(
        convolutions,
        async ({ batch, size, groups, inChannels, outChannels, kernel, strides, dilations, pad }) => {
          const inputs = [
            [batch, ...size, inChannels * groups],
            [...kernel, inChannels, outChannels * groups],
          ];
          const attrs = { strides, pad, dilations, groups };
          const reference = (x: tf.Tensor, w: tf.Tensor) => convolveGroups(x, w, groups, strides, pad, dilations);
          await expectSameOnBoth(inputs, (x, filter) => {
            if (tf.getBackend() === 'cpu') {
              return [reference(x!, filter!), ...gradientsOf(reference as () => tf.Tensor, x!, filter!)];
            }
            const y = run('GroupedConv2D', { x: x!, filter: filter! }, attrs);
            const dy = tf.reshape(tf.linspace(-1, 1, y.size), y.shape);
            return [
              y,
              run('GroupedConv2DBackpropInput', { dy, filter: filter! }, { ...attrs, inputShape: x!.shape }),
              run('GroupedConv2DBackpropFilter', { x: x!, dy }, { ...attrs, filterShape: filter!.shape }),
            ];
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuse channels that do not fit', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const attrs = { strides: [1, 1], pad: 'same', dilations: [1, 1], groups: 3 };
      const grouped = (x: number[], filter: number[]) => () =>
        run('GroupedConv2D', { x: tf.zeros(x), filter: tf.zeros(filter) }, attrs);
      expect(grouped([1, 4, 4, 6], [3, 3, 3, 6])).toThrow(
        "GroupedConv2D: the filter must take the input's channels (6) over `groups` (3), got 3.",
      );
      expect(grouped([1, 4, 4, 6], [3, 3, 2, 8])).toThrow(
        "GroupedConv2D: the filter's outputs (8) must be divisible by `groups` (3).",
      );
    });
  });
});

/** A grouped convolution from tfjs's own ops, with the dilation written out as zeros so that it has gradients. */
function convolveGroups(
  x: tf.Tensor,
  w: tf.Tensor,
  groups: number,
  strides: Pair,
  pad: 'same' | 'valid',
  dilations: Pair,
) {
  const [height, width, inChannels, outChannels] = w.shape as [number, number, number, number];
  const [dilationH, dilationW] = dilations;
  const spread = tf.reshape(
    tf.pad(tf.reshape(w, [height, 1, width, 1, inChannels * outChannels]), [
      [0, 0],
      [0, dilationH - 1],
      [0, 0],
      [0, dilationW - 1],
      [0, 0],
    ]),
    [height * dilationH, width * dilationW, inChannels, outChannels],
  );
  const kernel = tf.slice(
    spread,
    [0, 0, 0, 0],
    [(height - 1) * dilationH + 1, (width - 1) * dilationW + 1, inChannels, outChannels],
  );
  if (groups === 1) return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides, pad);
  const kernels = tf.split(kernel, groups, 3);
  const images = tf.split(x, groups, 3);
  return tf.concat(
    images.map((image, i) => tf.conv2d(image as tf.Tensor4D, kernels[i] as tf.Tensor4D, strides, pad)),
    3,
  );
}
