import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpsRule, scaledStandardize } from './index.js';

// W[k] = ((7k mod 11) - 5) / 10 in the shape [2, 2, 2, 3]
const W = Array.from({ length: 24 }, (_, k) => (((7 * k) % 11) - 5) / 10);

function standardized(values: number[], gain = [1, 1, 1], eps?: number, epsRule?: EpsRule): number[] {
  return tf.tidy(() => [
    ...scaledStandardize(tf.tensor4d(values, [2, 2, 2, 3]), tf.tensor1d(gain), eps, epsRule).dataSync(),
  ]);
}

function columnSums(values: number[], f: (x: number) => number): number[] {
  return [0, 1, 2].map((column) => values.reduce((sum, x, k) => (k % 3 === column ? sum + f(x) : sum), 0));
}

describe('scaledStandardize', () => {
  it('gives the reference kernel', () => {
    // N = 8; mean = .1125, -.15, 0; variance * N = .70875, .42, 1.08
    expectTensorClose(
      standardized(W),
      [
        -0.727544, 0.540062, -0.19245, 0.460283, 0.385758, -0.288675, 0.3415, 0.231455, -0.3849, 0.222718, 0.077152,
        -0.481125, 0.103935, -0.077152, 0.481125, -0.014848, -0.231455, 0.3849, -0.133631, -0.385758, 0.288675,
        -0.252413, -0.540062, 0.19245,
      ],
    );
  });

  it('applies the gain per output channel', () => {
    const values = standardized(W, [1, 0.5, 2]);
    expectTensorClose(values.slice(0, 6), [-0.727544, 0.270031, -0.3849, 0.460283, 0.192879, -0.57735]);
    expectTensorClose(
      columnSums(values, (x) => x * x),
      [1, 0.25, 4],
    );
  });

  it('floors variance * fanIn instead of adding to it', () => {
    const flat = W.map((w) => 0.3 + 0.001 * w);
    // variance * N = 7.09e-7, 4.2e-7, 1.08e-6: all below 1e-4
    expectTensorClose(standardized(flat).slice(0, 6), [-0.06125, 0.035, -0.02, 0.03875, 0.025, -0.03], {
      relative: 1e-4,
    });
    expectTensorClose(
      columnSums(standardized(flat), (x) => x * x),
      [0.007087, 0.0042, 0.0108],
      { relative: 1e-3 },
    );
    // Not the unbiased variance, and not timm's added epsilon.
    expect(standardized(W)[0]).not.toBeCloseTo(-0.680556, 4);
    expect(standardized(W, [1, 1, 1], 1e-5)[0]).not.toBeCloseTo(-0.727503, 5);
  });

  it('adds eps to the variance where that is the rule', () => {
    expectTensorClose(
      standardized(W, [1, 1, 1], 1e-5, 'added').slice(0, 6),
      [-0.727503, 0.54001, -0.192443, 0.460257, 0.385722, -0.288664],
    );
    const flat = W.map((w) => 0.3 + 0.001 * w);
    expectTensorClose(standardized(flat, [1, 1, 1], 1e-5, 'added').slice(0, 3), [-0.068178, 0.039029, -0.022211], {
      relative: 1e-3,
    });
  });

  it('turns a constant kernel into zeros', () => {
    expectTensorClose(standardized(Array(24).fill(0.7)), Array(24).fill(0), { absolute: 1e-4 });
  });

  it('has zero mean and squared sum gain² in every channel, whatever the shape', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 6 })),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        ([side, inChannels, outChannels], gain) => {
          tf.tidy(() => {
            const shape = [side, side, inChannels, outChannels] as [number, number, number, number];
            const kernel = tf.tensor4d(goldenValues(`kernel ${shape}`, side * side * inChannels * outChannels), shape);
            const result = scaledStandardize(kernel, tf.fill([outChannels], gain));
            expectTensorClose(tf.sum(result, [0, 1, 2]), Array(outChannels).fill(0), { absolute: 1e-4 });
            expectTensorClose(tf.sum(tf.square(result), [0, 1, 2]), Array(outChannels).fill(gain * gain), {
              relative: 1e-4,
            });
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  // The plain formula, differentiated by tfjs op by op.
  const byOps = (kernel: tf.Tensor4D, gain: tf.Tensor1D, eps = 1e-4) => {
    const { mean, variance } = tf.moments(kernel, [0, 1, 2], true);
    const fanIn = kernel.size / kernel.shape[3];
    return tf.mul(tf.sub(kernel, mean), tf.mul(tf.rsqrt(tf.maximum(tf.mul(variance, fanIn), eps)), gain));
  };

  const withAddedEps = (kernel: tf.Tensor4D, gain: tf.Tensor1D) => {
    const { mean, variance } = tf.moments(kernel, [0, 1, 2], true);
    const fanIn = kernel.size / kernel.shape[3];
    return tf.mul(tf.sub(kernel, mean), tf.mul(tf.rsqrt(tf.mul(tf.add(variance, 1e-5), fanIn)), gain));
  };

  it.each([
    ['above the floor', 1, byOps, scaledStandardize],
    ['below the floor', 1e-3, byOps, scaledStandardize],
    [
      'with an added eps',
      1e-2,
      withAddedEps,
      (kernel: tf.Tensor4D, gain: tf.Tensor1D) => scaledStandardize(kernel, gain, 1e-5, 'added'),
    ],
  ] as const)('has the gradient of the plain formula %s', (_, size, plain, fused) => {
    tf.tidy(() => {
      const kernel = tf.tensor4d(
        W.map((w) => w * size),
        [2, 2, 2, 3],
      );
      const gain = tf.tensor1d([1, 0.5, 2]);
      const weighting = tf.tensor(goldenValues('weighting', 24), [2, 2, 2, 3]);
      const gradients = (f: (kernel: tf.Tensor4D, gain: tf.Tensor1D) => tf.Tensor) =>
        tf.grads((k: tf.Tensor, g: tf.Tensor) => tf.sum(tf.mul(f(k as tf.Tensor4D, g as tf.Tensor1D), weighting)))([
          kernel,
          gain,
        ]);
      const [kernelGradient, gainGradient] = gradients(fused);
      const [expectedKernel, expectedGain] = gradients(plain);
      expectTensorClose(kernelGradient!, expectedKernel!, { relative: 1e-4 });
      expectTensorClose(gainGradient!, expectedGain!, { relative: 1e-4 });
    });
  });

  it('refuses a gain that does not fit', () => {
    tf.tidy(() => {
      const kernel = tf.tensor4d(W, [2, 2, 2, 3]);
      expect(() => scaledStandardize(kernel, tf.ones([2]))).toThrow(
        'scaledStandardize: `kernel` must be [height, width, in, out] and `gain` [out], got [2,2,2,3] and [2].',
      );
      expect(() => scaledStandardize(tf.ones([3]) as unknown as tf.Tensor4D, tf.ones([3]))).toThrow('got [3] and [3].');
    });
  });

  it('refuses an eps and a rule that are none', () => {
    tf.tidy(() => {
      const kernel = tf.tensor4d(W, [2, 2, 2, 3]);
      const gain = tf.ones<tf.Rank.R1>([3]);
      for (const eps of [0, -1, Number.NaN, Infinity, '1e-4']) {
        expect(() => scaledStandardize(kernel, gain, eps as number)).toThrow('`eps` must be a finite number > 0, got');
      }
      expect(() => scaledStandardize(kernel, gain, 1e-4, 'add' as 'added')).toThrow(
        "`epsRule` must be one of 'floor', 'added', got \"add\"",
      );
      expect(() => (scaledStandardize as () => unknown)()).toThrow('`kernel` must be a tensor, got undefined');
    });
  });

  it('keeps no copy of the kernel for its gradient', () => {
    tf.tidy(() => {
      let saved: tf.Tensor[] = [];
      const kernel = tf.ones([3, 3, 16, 8]);
      tf.grads((k: tf.Tensor, g: tf.Tensor) => {
        const result = scaledStandardize(k as tf.Tensor4D, g as tf.Tensor1D);
        saved = tf.engine().state.activeTape!.flatMap((node) => node.saved ?? []);
        return tf.sum(result);
      })([kernel, tf.ones([8])]);
      expect(saved.filter(({ dataId }) => dataId === kernel.dataId)).toHaveLength(1);
      expect(saved.filter(({ size }) => size === kernel.size)).toHaveLength(1);
    });
  });

  it('takes fewer kernels than the plain formula', async () => {
    const count = async (f: typeof scaledStandardize) => {
      const { kernels } = await tf.profile(
        () =>
          tf.tidy(() => {
            const inputs = [tf.tensor4d(W, [2, 2, 2, 3]), tf.ones([3])];
            tf.grads((k: tf.Tensor, g: tf.Tensor) => tf.sum(f(k as tf.Tensor4D, g as tf.Tensor1D)))(inputs);
          }) as unknown as tf.Tensor,
      );
      return kernels.filter(({ name }) => name !== 'Reshape').length;
    };
    expect(await count(scaledStandardize)).toBeLessThan((await count(byOps as typeof scaledStandardize)) / 1.5);
  });
});
