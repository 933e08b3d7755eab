import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as blocks from './index.js';

type Anything = (...args: unknown[]) => unknown;
const {
  GammaActivation,
  HalvingAveragePool,
  StochasticDepth,
  channelKernelSize,
  conventionsOf,
  deriveSeed,
  halvingAveragePool,
  nfBlock,
  scaledActivation,
  ...rest
} = blocks;
const { efficientChannelAttention, gammaActivation, halvingMaxPool, scaledSum, seededDropout } = rest;
const { skipGain, squeezeExcite, stochasticDepth } = rest;
const LAYERS = Object.entries({
  efficientChannelAttention,
  gammaActivation,
  halvingMaxPool,
  scaledSum,
  seededDropout,
  skipGain,
  squeezeExcite,
  stochasticDepth,
}) as unknown as [string, Anything][];

describe('a layer', () => {
  it.each(LAYERS)('refuses what is no object of options: %s', (name, make) => {
    expect(() => make(3)).toThrow(`${name}: options must be an object like {`);
    expect(() => make('relu')).toThrow(`${name}: options must be an object like {`);
    expect(() => make(null)).toThrow(`${name}: options must be an object like {`);
  });

  it.each(LAYERS)('refuses an option that it does not know: %s', (name, make) => {
    expect(() => make({ strength: 1 })).toThrow(`${name}: no option \`strength\`. It has `);
    expect(() => make({ nme: 'a' })).toThrow(`${name}: no option \`nme\`; did you mean \`name\`?`);
    expect(() => make({ trainable: 1 })).toThrow('`trainable` must be true or false, got 1');
  });

  it.each<[string, () => unknown, string]>([
    [
      'nothing',
      () => (gammaActivation as Anything)(),
      'gammaActivation: options must be an object like { activation }, got',
    ],
    ['no rate', () => (seededDropout as Anything)({}), 'seededDropout: `rate` must be in [0, 1), got undefined'],
    ['a rate as a text', () => (stochasticDepth as Anything)({ rate: '0.1' }), '`rate` must be in [0, 1), got "0.1"'],
    [
      'another word',
      () => (stochasticDepth as Anything)({ dropRate: 0.1 }),
      'no option `dropRate`. It has rate, scaleByKeep',
    ],
    ['tf.layers.dropout', () => (seededDropout as Anything)({ rate: 0.1, noiseShape: [1] }), 'no option `noiseShape`'],
    ['an activation', () => (gammaActivation as Anything)({ activation: 'Silu' }), "did you mean 'silu'?"],
    ['a pool', () => (halvingMaxPool as Anything)({ poolSize: 2 }), 'no option `poolSize`. It has padding'],
    ['a ratio', () => (squeezeExcite as Anything)({ reduction: 16 }), 'no option `reduction`. It has ratio'],
    ['a seed', () => (squeezeExcite as Anything)({ seed: 0.5 }), '`seed` must be a whole number, got 0.5'],
    ['the class', () => new HalvingAveragePool({ poolSize: 2 } as never), 'HalvingAveragePool: no option `poolSize`'],
  ])('says so: %s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('loads from what earlier versions wrote', () => {
    const config = { name: 'a', trainable: true, customObjects: {} };
    const load = (type: object, settings: object) =>
      (type as { fromConfig: Anything }).fromConfig(type, { ...config, ...settings }) as tf.layers.Layer;
    expect(load(GammaActivation, { activation: 'relu', scale: 0.9 }).name).toBe('a');
    expect(load(StochasticDepth, { rate: 0.1, scaleByKeep: false }).name).toBe('a');
    expect(load(HalvingAveragePool, { batchInputShape: [null, 4, 4, 1], dtype: 'float32' }).name).toBe('a');
  });
});

describe('nfBlock', () => {
  const block = { name: 'block', outChannels: 8, midChannels: 6 };
  const add = (args: unknown) => () => nfBlock(tf.input({ shape: [8, 8, 4] }), args as never);

  it.each<[unknown, string]>([
    [undefined, 'nfBlock: options must be an object like { name, outChannels, midChannels }, got undefined'],
    [{ name: 'block', outChannels: 8 }, '`midChannels` must be a whole number from 1, got undefined'],
    [
      { ...block, attention: 'eca' },
      "`attention` must be one of 'squeezeExcite', 'efficientChannel', 'none', got \"eca\"",
    ],
    [{ ...block, attentionAt: 'spatial' }, "`attentionAt` must be one of 'end', 'middle', got \"spatial\""],
    [{ ...block, shortcutPooling: 'pool' }, "`shortcutPooling` must be one of 'average', 'none', got \"pool\""],
    [
      { ...block, gammaIn: 'conv' },
      "`gammaIn` must be one of 'activation', 'convolution', got \"conv\"; did you mean 'convolution'?",
    ],
    [{ ...block, padding: 'valid' }, "`padding` must be one of 'same', 'symmetric', got \"valid\""],
    [{ ...block, epsRule: 'add' }, "`epsRule` must be one of 'floor', 'added', got \"add\"; did you mean 'added'?"],
    [{ ...block, spatialConvs: 3 }, '`spatialConvs` must be 1 or 2, got 3'],
    [{ ...block, activation: 'swish' }, "`activation` must be one of 'identity'"],
    [{ ...block, skipGain: 'yes' }, '`skipGain` must be true or false, got "yes"'],
    [{ ...block, dropPathRate: 0.1 }, 'no option `dropPathRate`; did you mean `dropRate`?'],
    [{ ...block, beta: 0 }, '`beta` must be greater than 0, got 0'],
    [{ ...block, alpha: Number.NaN }, '`alpha` must be finite and not 0, got NaN'],
    [{ ...block, outChannels: 8.5 }, '`outChannels` must be a whole number from 1, got 8.5'],
  ])('refuses %j', (args, message) => {
    expect(add(args)).toThrow(message);
  });

  it('refuses a tensor of values', () => {
    tf.tidy(() => {
      expect(() => nfBlock(tf.zeros([1, 8, 8, 4]) as never, block)).toThrow('`x` must be a symbolic tensor');
      expect(() => (nfBlock as Anything)()).toThrow('nfBlock: `x` must be a symbolic tensor');
    });
  });
});

describe('a function of tensors', () => {
  it.each<[string, () => unknown, string]>([
    [
      'the pool as a layer',
      () => (halvingAveragePool as Anything)({}),
      'got {}. The layer is `new HalvingAveragePool({ name })`',
    ],
    [
      'the pool of nothing',
      () => (halvingAveragePool as Anything)(),
      'halvingAveragePool: `x` must be a tensor [batch, height',
    ],
    [
      'the activation of nothing',
      () => (scaledActivation as Anything)(),
      "scaledActivation: `activation` must be one of 'identity'",
    ],
    [
      'the activation without a tensor',
      () => (scaledActivation as Anything)('relu', 3),
      '`x` must be a tensor, got 3. The layer is gammaActivation',
    ],
    ['a seed', () => (deriveSeed as Anything)('a', 'b'), 'deriveSeed: `seed` must be a number, got "a"'],
    ['a label', () => (deriveSeed as Anything)(1), 'deriveSeed: `label` must be a text, got undefined'],
    [
      'channels',
      () => (channelKernelSize as Anything)(0),
      'channelKernelSize: `channels` must be an integer >= 1, got 0',
    ],
    ['conventions', () => (conventionsOf as Anything)('relu', { gamaIn: 'activation' }), 'did you mean `gammaIn`?'],
    ['their activation', () => (conventionsOf as Anything)(), "conventionsOf: `activation` must be one of 'identity'"],
  ])('says what it needs: %s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('refuses a factor that is not finite, and a pool of three axes', () => {
    tf.tidy(() => {
      expect(() => scaledActivation('relu', tf.scalar(1), Number.NaN)).toThrow('`scale` must be finite, got NaN');
      expect(() => halvingAveragePool(tf.zeros([2, 2, 3]) as never)).toThrow('got one of shape [2,2,3]');
    });
  });
});
