import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { runOn, runOnThreads } from '../__fixtures__/both-backends.js';
import { type Axis, outputsOf, pool, type Volume } from '../__fixtures__/plain-kernels.js';

type Triple = [number, number, number];
const triple = (max: number) =>
  fc.tuple(...[max, max, max].map((each) => fc.integer({ min: 1, max: each }))) as fc.Arbitrary<Triple>;

afterAll(async () => {
  await tf.setBackend('cpu');
});

/** Any pooling of images (a depth of 0 axes) or volumes. */
const poolings = fc
  .record({
    isFlat: fc.boolean(),
    batch: fc.integer({ min: 1, max: 3 }),
    size: triple(7),
    channels: fc.integer({ min: 1, max: 21 }),
    window: triple(4),
    strides: triple(5),
    pad: fc.constantFrom<Axis['pad']>('same', 'valid', 0, 1),
    rounding: fc.constantFrom<'floor' | 'ceil'>('floor', 'ceil'),
    // Places of numbers that are none.
    special: fc.array(fc.tuple(fc.nat(1000), fc.constantFrom(Number.NaN, Infinity, -Infinity)), { maxLength: 3 }),
  })
  .map(({ isFlat, size, window, strides, ...rest }) =>
    isFlat
      ? {
          ...rest,
          isFlat,
          size: [1, size[1], size[2]],
          window: [1, window[1], window[2]],
          strides: [1, strides[1], strides[2]],
        }
      : { ...rest, isFlat, size, window, strides },
  )
  .filter(({ isFlat, size, window, strides, pad }) => {
    const padding = typeof pad === 'number' ? pad : 0;
    // Where the padding is a number tfjs takes the height of a flat window, or its stride, for the width too.
    if (isFlat && typeof pad === 'number' && (window[1] !== window[2] || strides[1] !== strides[2])) return false;
    // A window wholly in the padding has no mean.
    return (
      pad === 'same' ||
      size.every((each, axis) => window[axis]! <= each && (padding < window[axis]! || (isFlat && axis === 0)))
    );
  });

function close(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const isSame = Object.is(a, e) || Math.abs(a - e) <= 1e-4 * Math.max(1, Math.abs(e));
    if (!isSame) expect(a, `number ${i}`).toBe(e);
  }
}

describe('pooling and its gradients', () => {
  it('are their definitions, of images and volumes, on any number of threads', async () => {
    await fc.assert(
      fc.asyncProperty(poolings, async ({ isFlat, batch, size, channels, window, strides, pad, rounding, special }) => {
        const shape = [batch, ...size, channels] as Volume['shape'][number][] as unknown as Volume['shape'];
        const values = Float32Array.from(goldenValues('x', tf.util.sizeFromShape([...shape])));
        for (const [place, value] of special) values[place % values.length] = value;
        const round = typeof pad === 'number' ? Math[rounding] : Math.floor;
        const axes = size.map((each, axis) => ({
          size: each,
          window: window[axis]!,
          stride: strides[axis]!,
          pad: isFlat && axis === 0 ? ('valid' as const) : pad,
          round,
        })) as unknown as readonly [Axis, Axis, Axis];
        fc.pre(axes.every((axis) => (outputsOf(axis).count - 1) * axis.stride + outputsOf(axis).start < axis.size));
        const tensorShape = isFlat ? [batch, ...size.slice(1), channels] : [...shape];
        const mode = typeof pad === 'number' ? rounding : undefined;
        for (const kind of ['average', 'maximum'] as const) {
          const apply = (x: tf.Tensor): tf.Tensor => {
            if (isFlat) {
              const [filter, stride] = [window.slice(1) as [number, number], strides.slice(1) as [number, number]];
              const op = kind === 'average' ? tf.avgPool : tf.maxPool;
              return op(x as tf.Tensor4D, filter, stride, pad, mode);
            }
            const op = kind === 'average' ? tf.avgPool3d : tf.maxPool3d;
            return op(x as tf.Tensor5D, window as Triple, strides as Triple, pad, mode);
          };
          const count = axes.reduce((product, axis) => product * outputsOf(axis).count, batch * channels);
          const dy = Float32Array.from({ length: count }, (_, i) => (count > 1 ? -1 + (2 * i) / (count - 1) : -1));
          const expected = pool(kind, { shape, values }, axes, dy);
          const [y, dx] = await runOnThreads([{ values, shape: tensorShape }, { values: dy }], (x, dy) => {
            const y = apply(x!);
            return [y, tf.grad(apply)(x!, tf.reshape(dy!, y.shape))];
          });
          close(y!.values, expected.values);
          // A NaN or infinity in y does not reach dx: its upstream gradient is what counts.
          close(dx!.values, expected.gradient);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    // Each output is a mean, so that the gradients of its inputs add up to 1.
    ['2 x 2 at stride 2', 9, [1, 5, 5, 1], (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'same')],
    ['3 x 3 at stride 1', 25, [1, 5, 5, 1], (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, 1, 'same')],
    ['2 x 2 x 2 at stride 2', 8, [1, 3, 3, 3, 1], (x: tf.Tensor) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'same')],
    ['padding of 1', 9, [1, 5, 5, 1], (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, 2, 1)],
    [
      'uneven padding',
      16,
      [1, 5, 5, 1],
      (x: tf.Tensor) =>
        tf.avgPool(x as tf.Tensor4D, 3, 1, [
          [0, 0],
          [1, 0],
          [0, 1],
          [0, 0],
        ] as never),
    ],
  ])('the gradient of an average of %s adds up to %i', async (_, sum, shape, apply) => {
    const [dx] = await runOn('wasm', [], () => tf.grad((x) => tf.sum(apply(x)))(tf.ones(shape as [])));
    expect([...(dx!.values as Float32Array)].reduce((a, b) => a + b, 0)).toBeCloseTo(sum, 4);
  });

  it('give a tie to the first, and a window of -Infinity its gradient', async () => {
    const [ties, least] = await runOn('wasm', [], () =>
      [tf.ones([1, 2, 2, 5]), tf.fill([1, 2, 2, 5], -Infinity)].map((x) =>
        tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))(x),
      ),
    );
    const first = [...Array(5).fill(1), ...Array(15).fill(0)];
    expect([...(ties!.values as Float32Array)]).toEqual(first);
    expect([...(least!.values as Float32Array)]).toEqual(first);
  });

  it('take whole numbers', async () => {
    const [largest] = await runOn('wasm', [], () =>
      tf.maxPool(tf.tensor4d([1, 5, -3, 7], [1, 2, 2, 1], 'int32'), 2, 2, 'valid'),
    );
    expect(largest!.values).toEqual(Int32Array.of(7));
  });
});
