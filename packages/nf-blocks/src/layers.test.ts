import { describeLayer, expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import * as nfBlocks from './index.js';
import {
  channelKernelSize,
  deriveSeed,
  efficientChannelAttention,
  halvingMaxPool,
  nfBlock,
  scaledSum,
  seededDropout,
  skipGain,
  squeezeExcite,
  stochasticDepth,
} from './index.js';

it('exports what it promises', () => {
  expect(Object.keys(nfBlocks).sort()).toEqual([
    'EfficientChannelAttention',
    'GAMMA',
    'GammaActivation',
    'HalvingAveragePool',
    'HalvingMaxPool',
    'ScaledSum',
    'SeededDropout',
    'SkipGain',
    'SqueezeExcite',
    'StochasticDepth',
    'channelKernelSize',
    'conventionsOf',
    'deriveSeed',
    'efficientChannelAttention',
    'gammaActivation',
    'halvingAveragePool',
    'halvingMaxPool',
    'nfBlock',
    'scaledActivation',
    'scaledSum',
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

  it('takes a number of hidden channels instead of a share', () => {
    const layer = squeezeExcite({ hiddenChannels: 3 });
    tf.tidy(() => void layer.apply(tf.zeros([1, 4, 4, 16])));
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[16, 3], [3], [3, 16], [16]]);
    layer.dispose();
  });

  it.each([
    [{ hiddenChannels: 0 }, '`hiddenChannels` must be a whole number from 1, got 0'],
    [{ ratio: 0 }, '`ratio` must be greater than 0, got 0'],
    [{ gain: Number.NaN }, '`gain` must be finite, got NaN'],
  ])('refuses %o', (args, message) => {
    expect(() => squeezeExcite(args)).toThrow(message);
  });
});

describe('efficientChannelAttention', () => {
  describeLayer(() => efficientChannelAttention({ gain: 2, seed: 1 }), { inputShape: [4, 5, 6] });

  it('computes gain * sigmoid(conv1d(mean)) * x, zeros beyond the first and the last channel', () => {
    const layer = efficientChannelAttention({ gain: 2 });
    const x = tf.tensor4d([1, -2, 3, 0.5], [1, 1, 1, 4]);
    tf.dispose(layer.apply(x) as tf.Tensor);
    const kernel = tf.tensor1d([0.5, 1, -1]);
    layer.setWeights([kernel]);
    const y = layer.apply(x) as tf.Tensor;
    // 0 + 1 + 2 = 3; .5 - 2 - 3 = -4.5; -1 + 3 - .5 = 1.5; 1.5 + .5 = 2
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    expectTensorClose(y, [2 * sigmoid(3), -4 * sigmoid(-4.5), 6 * sigmoid(1.5), sigmoid(2)]);
    tf.dispose([x, y, kernel]);
    layer.dispose();
  });

  it('looks further the more channels there are', () => {
    // (log2(c) + 1) / 2, rounded up to an odd number from 3: the published sizes
    expect([8, 32, 96, 128, 256, 512, 1024, 1536, 2048].map(channelKernelSize)).toEqual([3, 3, 3, 5, 5, 5, 5, 5, 7]);
  });

  it('refuses a gain that is not finite', () => {
    expect(() => efficientChannelAttention({ gain: Number.NaN })).toThrow('`gain` must be finite, got NaN');
  });
});

describe('halvingMaxPool', () => {
  describeLayer(() => halvingMaxPool({ padding: 'symmetric' }), { inputShape: [6, 5, 3] });

  it('centres its windows on every second pixel with symmetric padding, one later with same', () => {
    tf.tidy(() => {
      // All negative: a padding of zeros would show.
      const x = tf.tensor4d([-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16], [1, 4, 4, 1]);
      expectTensorClose(halvingMaxPool({ padding: 'symmetric' }).apply(x) as tf.Tensor, [-1, -2, -5, -6]);
      expectTensorClose(halvingMaxPool().apply(x) as tf.Tensor, [-1, -3, -9, -11]);
    });
  });

  it('refuses another padding', () => {
    expect(() => halvingMaxPool({ padding: 'valid' as 'same' })).toThrow(
      "`padding` must be one of 'same', 'symmetric', got \"valid\"",
    );
  });
});

describe('scaledSum', () => {
  describeLayer(() => scaledSum({ alpha: 0.3 }), {
    inputShape: [
      [3, 3, 2],
      [3, 3, 2],
    ],
  });

  it('computes alpha * branch + shortcut', () => {
    tf.tidy(() => {
      const y = scaledSum({ alpha: 0.5 }).apply([tf.tensor2d([[1, 2]]), tf.tensor2d([[10, 20]])]) as tf.Tensor;
      expectTensorClose(y, [10.5, 21]);
    });
  });

  it('refuses a single input and an alpha of 0', () => {
    expect(() => scaledSum({ alpha: 0 })).toThrow('`alpha` must be finite and not 0, got 0');
    const x = tf.zeros([1, 2]);
    expect(() => scaledSum().apply(x)).toThrow('must be applied to [branch, shortcut]');
    x.dispose();
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
  const weightNames = (args: object) => {
    const input = tfl.input({ shape: [8, 8, 4] });
    const model = tfl.model({
      inputs: input,
      outputs: nfBlock(input, { name: 'b', outChannels: 8, midChannels: 4, stride: 2, ...args }),
    });
    const names = model.weights.map(({ originalName, shape }) => `${originalName.slice(2)} ${shape}`);
    const strides = model.layers.flatMap((layer) => layer.getConfig()['strides'] ?? []);
    model.dispose();
    return { names, strides };
  };

  it('can do with one 3 x 3 convolution, attention in the middle and no gain of the skip', () => {
    const { names } = weightNames({
      spatialConvs: 1,
      attentionAt: 'middle',
      skipGain: false,
      squeezeExciteChannels: 3,
    });
    expect(names.filter((name) => !/gain|bias/.test(name))).toEqual([
      'conv0/kernel 1,1,4,4',
      'conv1/kernel 3,3,4,4',
      'squeeze_excite/reduce_kernel 4,3',
      'squeeze_excite/expand_kernel 3,4',
      'conv2/kernel 1,1,4,8',
      'conv_shortcut/kernel 1,1,4,8',
    ]);
    expect(names).not.toContain('skip_gain/gain ');
  });

  it('can attend by neighbouring channels, or not at all', () => {
    expect(weightNames({ attention: 'efficientChannel' }).names).toContain('channel_attention/kernel 3');
    expect(weightNames({ attention: 'none' }).names.filter((name) => /squeeze|attention/.test(name))).toEqual([]);
  });

  it('can take every second pixel for its shortcut', () => {
    expect(weightNames({ shortcutPooling: 'none' }).strides.filter((stride) => stride === 2)).toHaveLength(2);
    expect(weightNames({}).strides.filter((stride) => stride === 2)).toHaveLength(1);
  });

  it('starts as its shortcut without a skip gain too, and has the same output wherever gamma is', () => {
    tf.tidy(() => {
      const x = tf.tensor4d(goldenValues('x', 6 * 6 * 4), [1, 6, 6, 4]);
      const outputOf = (args: object, fill?: number) => {
        const input = tfl.input({ shape: [6, 6, 4] });
        const block = { name: 'b', outChannels: 4, midChannels: 4, skipGain: false, seed: 1, ...args };
        const model = tfl.model({ inputs: input, outputs: nfBlock(input, block) });
        if (fill !== undefined) {
          const gain = model.weights.find(({ originalName }) => originalName === 'b/conv2/gain')!;
          gain.write(tf.fill([4], fill));
        }
        const y = model.predict(x) as tf.Tensor;
        model.dispose();
        return y;
      };
      expectTensorClose(outputOf({}), x);
      // All convolutions of a block without projection stand behind an activation: the two are one function.
      expectTensorClose(outputOf({ gammaIn: 'convolution' }, 1), outputOf({}, 1), { relative: 1e-4 });
    });
  });

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
