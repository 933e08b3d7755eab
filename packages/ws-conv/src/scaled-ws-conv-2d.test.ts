import { describeLayer, expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as wsConv from './index.js';
import { foldScaledWSConv, groupedConv2d, scaledWSConv2d } from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(wsConv).sort()).toEqual([
    'ScaledWSConv2D',
    'foldScaledWSConv',
    'groupedConv2d',
    'scaledStandardize',
    'scaledWSConv2d',
  ]);
});

describe('scaledWSConv2d', () => {
  describeLayer(() => scaledWSConv2d({ filters: 6, kernelSize: 3, strides: 2, groups: 2, seed: 3 }), {
    inputShape: [7, 8, 4],
  });
  describeLayer(() => scaledWSConv2d({ filters: 4, kernelSize: 3, padding: 'valid', eps: 1e-3 }), {
    inputShape: [6, 6, 3],
  });

  describeLayer(
    () => scaledWSConv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'symmetric', epsRule: 'added', gamma: 1.7 }),
    { inputShape: [8, 7, 4] },
  );

  it('multiplies the kernel by gamma, and the gain can start at zero', () => {
    tf.tidy(() => {
      const x = tf.tensor4d(goldenValues('x', 4 * 4 * 2), [1, 4, 4, 2]);
      const outputs = [{}, { gamma: 1.5 }, { gainInit: 0 as const }].map((args) => {
        const layer = scaledWSConv2d({ filters: 3, kernelSize: 3, seed: 1, ...args });
        const y = layer.apply(x) as tf.Tensor;
        layer.dispose();
        return y;
      });
      expectTensorClose(outputs[1]!, tf.mul(outputs[0]!, 1.5));
      expectTensorClose(outputs[2]!, tf.zerosLike(outputs[0]!));
    });
  });

  it('starts from gains of one, biases of zero and a seeded kernel of variance 1 / fanIn', () => {
    const build = (seed: number) => {
      const input = tf.input({ shape: [8, 8, 32] });
      const output = scaledWSConv2d({ filters: 64, kernelSize: 3, groups: 2, seed }).apply(input);
      return tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
    };
    const [model, same, other] = [build(5), build(5), build(6)];
    const [kernel, gain, bias] = model.getWeights();
    expect(kernel!.shape).toEqual([3, 3, 16, 64]);
    expectTensorClose(gain!, Array(64).fill(1));
    expectTensorClose(bias!, Array(64).fill(0));
    const values = kernel!.dataSync<'float32'>();
    const variance = values.reduce((sum, w) => sum + w * w, 0) / values.length;
    expect(variance * 9 * 16).toBeCloseTo(1, 1);
    // A truncated normal has nothing beyond two standard deviations.
    expect(values.some((w) => Math.abs(w) > 2 / Math.sqrt(9 * 16))).toBe(true);
    expect(same.getWeights()[0]!.dataSync()).toEqual(values);
    expect(other.getWeights()[0]!.dataSync()).not.toEqual(values);
    for (const each of [model, same, other]) each.dispose();
  });

  it('trains in a plain model with fit', async () => {
    const model = tf.sequential({
      layers: [
        scaledWSConv2d({ filters: 8, kernelSize: 3, strides: 2, inputShape: [8, 8, 1], seed: 1 }),
        tf.layers.flatten(),
        tf.layers.dense({
          units: 2,
          activation: 'softmax',
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        }),
      ],
    });
    const optimizer = tf.train.sgd(0.1);
    model.compile({ optimizer, loss: 'categoricalCrossentropy' });
    const x = tf.tensor4d(goldenValues('x', 16 * 64), [16, 8, 8, 1]);
    const y = tf.tidy(() =>
      tf.oneHot(
        tf.tensor1d(
          Array.from({ length: 16 }, (_, i) => i % 2),
          'int32',
        ),
        2,
      ),
    );
    const { history } = await model.fit(x, y, { epochs: 15, batchSize: 16, verbose: 0 });
    const losses = history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.8);
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
    tf.disposeVariables();
  });

  it.each([
    [{ filters: 48, kernelSize: 3, groups: 5 }, '`filters` (48) must be divisible by `groups` (5)'],
    [{ filters: 0, kernelSize: 3 }, '`filters` must be a whole number from 1, got 0'],
    [{ filters: 4, kernelSize: 2.5 }, '`kernelSize` must be a whole number from 1, got 2.5'],
    [{ filters: 4, kernelSize: 3, strides: Number.NaN }, '`strides` must be a whole number from 1, got NaN'],
    [{ filters: 4, kernelSize: 3, eps: 0 }, '`eps` must be greater than 0, got 0'],
    [
      { filters: 4, kernelSize: 3, padding: 'full' as 'same' },
      "`padding` must be one of 'same', 'valid', 'symmetric', got \"full\"",
    ],
    [
      { filters: 4, kernelSize: 3, epsRule: 'term' as 'added' },
      "`epsRule` must be one of 'floor', 'added', got \"term\"",
    ],
    [{ filters: 4, kernelSize: 3, gainInit: 2 as 1 }, '`gainInit` must be one of 0, 1, got 2'],
    [{ filters: 4, kernelSize: 3, gamma: 0 }, '`gamma` must be greater than 0, got 0'],
  ])('refuses %o', (args, message) => {
    expect(() => scaledWSConv2d(args)).toThrow(message);
  });

  it('refuses input channels that do not divide into groups', () => {
    const layer = scaledWSConv2d({ filters: 4, kernelSize: 3, groups: 2 });
    expect(() => layer.build([null, 8, 8, 3])).toThrow('input channels (3) must be divisible by `groups` (2)');
    expect(() => layer.build([null, 8, 8, null])).toThrow('the channel axis of the input must have a known size');
  });
});

describe('foldScaledWSConv', () => {
  it.each([
    { groups: 1 },
    { groups: 2 },
    { groups: 2, padding: 'symmetric' as const, epsRule: 'added' as const, gamma: 1.7 },
  ])('gives a plain convolution with the same output, %o', (args) => {
    const layer = scaledWSConv2d({ filters: 6, kernelSize: 3, strides: 2, ...args });
    const x = tf.tensor4d(goldenValues('x', 2 * 8 * 8 * 4), [2, 8, 8, 4]);
    const expected = layer.apply(x) as tf.Tensor;
    const { kernel, bias, ...geometry } = foldScaledWSConv(layer);
    const plain = tf.tidy(() => tf.add(groupedConv2d(x, kernel, geometry), bias));
    expectTensorClose(plain, expected);
    tf.dispose([x, expected, kernel, bias, plain]);
    layer.dispose();
  });

  it('refuses a layer without weights', () => {
    const layer = scaledWSConv2d({ filters: 6, kernelSize: 3, name: 'early' });
    expect(() => foldScaledWSConv(layer)).toThrow('layer "early" has no weights yet');
  });
});
