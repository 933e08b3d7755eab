import { describeLayer, expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import * as nfBlocks from './index.js';
import { deriveSeed, nfBlock, seededDropout, skipGain, squeezeExcite, stochasticDepth } from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(nfBlocks).sort()).toEqual([
    'GAMMA',
    'GammaActivation',
    'HalvingAveragePool',
    'SeededDropout',
    'SkipGain',
    'SqueezeExcite',
    'StochasticDepth',
    'deriveSeed',
    'gammaActivation',
    'halvingAveragePool',
    'nfBlock',
    'scaledActivation',
    'seededDropout',
    'skipGain',
    'squeezeExcite',
    'stochasticDepth',
  ]);
});

describe('squeezeExcite', () => {
  describeLayer(() => squeezeExcite({ ratio: 0.5, gain: 2, seed: 1 }), { inputShape: [4, 5, 6] });

  it('computes gain * sigmoid(relu(mean W1 + b1) W2 + b2) * x', () => {
    const layer = squeezeExcite({ ratio: 0.5, gain: 2 });
    // One pixel, so the means are the input: (1, -2) W1 = 1 * 3 - 2 * 1 + 0.5 = 1.5; relu keeps it
    const x = tf.tensor4d([1, -2], [1, 1, 1, 2]);
    tf.dispose(layer.apply(x) as tf.Tensor);
    const weights = [tf.tensor2d([[3], [1]]), tf.tensor1d([0.5]), tf.tensor2d([[2, -2]]), tf.tensor1d([0, 1])];
    layer.setWeights(weights);
    const y = layer.apply(x) as tf.Tensor;
    // sigmoid(3) = .95257413, sigmoid(-2) = .11920292
    expectTensorClose(y, [2 * 0.95257413, 2 * -2 * 0.11920292]);
    tf.dispose([x, y, weights]);
    layer.dispose();
  });

  it.each([
    [{ ratio: 0 }, '`ratio` must be greater than 0, got 0'],
    [{ gain: Number.NaN }, '`gain` must be finite, got NaN'],
  ])('refuses %o', (args, message) => {
    expect(() => squeezeExcite(args)).toThrow(message);
  });
});

describe('skipGain', () => {
  const shapes = {
    inputShape: [
      [3, 3, 2],
      [3, 3, 2],
    ],
  };
  describeLayer(() => skipGain({ alpha: 0.3 }), shapes);

  it('starts as the shortcut and gives the gain a gradient', () => {
    const layer = skipGain({ alpha: 0.5 });
    const branch = tf.tensor2d([[1, 2]]);
    const shortcut = tf.tensor2d([[10, 20]]);
    const y = layer.apply([branch, shortcut]) as tf.Tensor;
    expectTensorClose(y, [10, 20]);
    const gain = layer.trainableWeights[0]!.read() as tf.Variable;
    const { grads, value } = tf.variableGrads(
      () => tf.sum(layer.apply([branch, shortcut]) as tf.Tensor) as tf.Scalar,
      [gain],
    );
    // d/dgain sum(0.5 * gain * branch + shortcut) = 0.5 * (1 + 2)
    expectTensorClose(grads[gain.name]!, [1.5]);
    tf.dispose([branch, shortcut, y, value, grads]);
    layer.dispose();
  });

  it('refuses a single input and an alpha of 0', () => {
    expect(() => skipGain({ alpha: 0 })).toThrow('`alpha` must be finite and not 0, got 0');
    const x = tf.zeros([1, 2]);
    expect(() => skipGain().apply(x)).toThrow('must be applied to [branch, shortcut]');
    x.dispose();
  });
});

describe.each([
  ['stochasticDepth', stochasticDepth, [400, 1, 1, 2]],
  ['seededDropout', seededDropout, [1, 800]],
] as const)('%s', (_, make, shape) => {
  describeLayer(() => make({ rate: 0 }), { inputShape: [3, 3, 2] });
  const apply = (layer: tf.layers.Layer, args: object) =>
    tf.tidy(() => [...(layer.apply(tf.ones([...shape]), args) as tf.Tensor).dataSync()]);

  it('does nothing outside of training', () => {
    expect(apply(make({ rate: 0.5 }), {})).toEqual(Array(800).fill(1));
  });

  it('draws masks from the seed of the call and the name of the layer', () => {
    const layer = make({ rate: 0.3, name: 'a' });
    const first = apply(layer, { training: true, seed: 7 });
    expect(apply(layer, { training: true, seed: 7 })).toEqual(first);
    expect(apply(make({ rate: 0.3, name: 'a' }), { training: true, seed: 7 })).toEqual(first);
    expect(apply(layer, { training: true, seed: 8 })).not.toEqual(first);
    expect(apply(make({ rate: 0.3, name: 'b' }), { training: true, seed: 7 })).not.toEqual(first);
    const unseeded = apply(layer, { training: true });
    expect(apply(layer, { training: true })).not.toEqual(unseeded);
    const dropped = first.filter((value) => value === 0).length / first.length;
    expect(Math.abs(dropped - 0.3)).toBeLessThan(0.08);
  });

  it.each([-0.1, 1, Number.NaN])('refuses a rate of %d', (rate) => {
    expect(() => make({ rate })).toThrow(`\`rate\` must be in [0, 1), got ${rate}`);
  });
});

describe('stochasticDepth', () => {
  it('drops whole samples and does not rescale the others, unless asked', () => {
    const values = (scaleByKeep: boolean) =>
      tf.tidy(() => {
        const layer = stochasticDepth({ rate: 0.5, scaleByKeep, name: 'depth' });
        const y = layer.apply(tf.ones([64, 2, 2, 3]), { training: true, seed: 3 }) as tf.Tensor;
        return tf.mean(y, [1, 2, 3]).dataSync();
      });
    expect(new Set(values(false))).toEqual(new Set([0, 1]));
    expect(new Set(values(true))).toEqual(new Set([0, 2]));
  });
});

describe('seededDropout', () => {
  it('divides what stays by the share that stays', () => {
    tf.tidy(() => {
      const y = seededDropout({ rate: 0.2 }).apply(tf.ones([1, 50]), { training: true, seed: 1 }) as tf.Tensor;
      expectTensorClose(tf.unique(tf.reshape(y, [-1])).values, [...new Set(y.dataSync())]);
      for (const value of y.dataSync()) expect([0, Math.fround(1.25)]).toContain(value);
    });
  });
});

describe('nfBlock', () => {
  it.each([
    [{ groups: 4 }, 'nfBlock: `midChannels` (6) must be divisible by `groups` (4).'],
    [{ stride: 3 as 1 }, 'nfBlock: `stride` must be 1 or 2, got 3.'],
  ])('refuses %o', (args, message) => {
    const input = tfl.input({ shape: [8, 8, 4] });
    expect(() => nfBlock(input, { name: 'block', outChannels: 8, midChannels: 6, ...args })).toThrow(message);
  });
});

describe('deriveSeed', () => {
  it('gives nonzero 31-bit integers that differ by seed and label', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 50; seed++)
      for (const label of ['conv0', 'conv1', 'linear']) seeds.add(deriveSeed(seed, label));
    expect(seeds.size).toBe(150);
    for (const seed of seeds) expect(Number.isInteger(seed) && seed > 0 && seed < 2 ** 31).toBe(true);
  });
});
