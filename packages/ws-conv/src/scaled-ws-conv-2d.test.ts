import { describeLayer, expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as wsConv from './index.js';
import { foldScaledWSConv, groupedConv2d, ScaledWSConv2D, scaledWSConv2d } from './index.js';

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

  it.each([
    [undefined, 'scaledWSConv2d: options must be an object like { filters, kernelSize }, got undefined'],
    [3, 'scaledWSConv2d: options must be an object like { filters, kernelSize }, got 3'],
    [{ filters: 4 }, 'scaledWSConv2d: `kernelSize` must be a whole number from 1, got undefined'],
    [{ filters: 4, kernelSize: 3, stride: 2 }, 'no option `stride`; did you mean `strides`?'],
    [
      { filters: 4, kernelSize: 3, activation: 'relu' },
      'no option `activation`. Put a layer behind it: gammaActivation',
    ],
    [{ filters: 4, kernelSize: 3, useBias: 0 }, '`useBias` must be true or false, got 0'],
    [{ filters: 4, kernelSize: 3, dilationRate: 2 }, 'no option `dilationRate`. TensorFlow.js has no gradient'],
    [{ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst' }, 'no option `dataFormat`. Images are [batch, height'],
    [
      { filters: 4, kernelSize: 3, kernelInitializer: 'zeros' },
      'no option `kernelInitializer`. Kernels start from N(0',
    ],
    [{ filters: 4, kernelSize: 3, biasInitializer: 'ones' }, 'no option `biasInitializer`. Biases start from zero'],
    [
      { filters: 4, kernelSize: 3, kernelRegularizer: 'l1l2' },
      'no option `kernelRegularizer`. Let the optimizer decay',
    ],
    [{ filters: 4, kernelSize: 3, kernelConstraint: 'nonNeg' }, 'no option `kernelConstraint`. The standardization'],
    [
      { filters: 4, kernelSize: 3, padding: 'causal' },
      "`padding` must be one of 'same', 'valid', 'symmetric', got \"causal\"",
    ],
    [{ filters: 4, kernelSize: 3, strides: [2, 1] }, '`strides` must be a whole number from 1, got [2,1]'],
    [{ filters: 4, kernelSize: [3, 3] }, '`kernelSize` must be a whole number from 1, got [3,3]'],
    [{ filters: 4, kernelSize: 3, group: 2 }, 'did you mean `groups`?'],
    [{ filters: 4, kernelSize: 3, seed: 0.5 }, '`seed` must be a whole number, got 0.5'],
    [{ filters: 4, kernelSize: 3, name: '' }, '`name` must be a text that is not empty'],
    [{ filters: 4, kernelSize: 3, trainable: 'no' }, '`trainable` must be true or false, got "no"'],
  ])('refuses what it does not know, and says what to do instead: %j', (args, message) => {
    expect(() => scaledWSConv2d(args as never)).toThrow(message);
  });

  describeLayer(() => scaledWSConv2d({ filters: 4, kernelSize: 3, useBias: false, seed: 1 }), {
    inputShape: [6, 6, 2],
  });

  it('has no bias where it is to have none, and computes the rest alike', () => {
    const without = scaledWSConv2d({ filters: 4, kernelSize: 3, useBias: false, seed: 1 });
    const withOne = scaledWSConv2d({ filters: 4, kernelSize: 3, seed: 1 });
    tf.tidy(() => {
      const x = tf.tensor4d(goldenValues('x', 2 * 6 * 6 * 2), [2, 6, 6, 2]);
      expectTensorClose(without.apply(x) as tf.Tensor, withOne.apply(x) as tf.Tensor);
    });
    expect(without.weights.map(({ originalName }) => originalName.split('/').at(-1))).toEqual(['kernel', 'gain']);
    expect(withOne.weights.map(({ originalName }) => originalName.split('/').at(-1))).toEqual([
      'kernel',
      'gain',
      'bias',
    ]);
    without.dispose();
    withOne.dispose();
  });

  it('loads from what earlier versions wrote', () => {
    const config = {
      ...{
        name: 'conv',
        trainable: true,
        batchInputShape: [null, 8, 8, 2],
        dtype: 'float32',
        filters: 4,
        kernelSize: 3,
      },
      ...{ strides: 2, padding: 'same', groups: 1, eps: 0.0001, epsRule: 'floor', gamma: 1, gainInit: 1, seed: 3 },
      customObjects: {},
    };
    const layer = ScaledWSConv2D.fromConfig(ScaledWSConv2D as never, config) as ScaledWSConv2D;
    expect(layer.settings).toMatchObject({ filters: 4, strides: 2 });
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
    { useBias: false },
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

  it('refuses another layer', () => {
    const layer = tf.layers.conv2d({ filters: 1, kernelSize: 1 });
    expect(() => foldScaledWSConv(layer as never)).toThrow(
      '`layer` must be a layer of scaledWSConv2d, got an instance of',
    );
    expect(() => foldScaledWSConv(undefined as never)).toThrow('got undefined');
  });

  it('refuses a layer without weights', () => {
    const layer = scaledWSConv2d({ filters: 6, kernelSize: 3, name: 'early' });
    expect(() => foldScaledWSConv(layer)).toThrow('layer "early" has no weights yet');
  });
});
