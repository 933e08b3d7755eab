import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  atResolution,
  countParameters,
  createModel,
  describeModel,
  EFFICIENTNET,
  featureInfo,
  features,
  float16Weights,
  foldForInference,
  listModels,
  NFNET,
  planBlocks,
  planWeights,
  publishedWeights,
  RESNET,
  recipe,
} from './index.js';
import { assertSpec } from './presets/assert-spec.js';
import { PRESETS } from './presets/presets.js';

type Anything = (...args: unknown[]) => unknown;
const digits = NFNET.nfnet_digits;
const FAKE = { layers: [], inputs: [], outputs: [] };
const make = createModel as Anything;

describe('createModel', () => {
  it.each<[unknown, string]>([
    [{ numClasses: 10, droprate: 0.5 }, 'createModel: no option `droprate`; did you mean `dropRate`?'],
    [{ numClasses: 10, dropRat: 0.5 }, 'did you mean `dropRate`?'],
    [{ num_classes: 10 }, 'did you mean `numClasses`?'],
    [{ numClasses: 10, outputStride: 8 }, 'no option `outputStride`. A network halves the image where its stages do'],
    [{ numClasses: 10, inChans: 1 }, 'no option `inChans`. It is the last number of `inputShape`'],
    [{ numClasses: 10, pretrained: true }, 'no option `pretrained`. loadWeights of @nfnets/weights'],
    [{ numClasses: 10, activation: 'GELU' }, "did you mean 'gelu'?"],
    [{ numClasses: '10' }, '`numClasses` must be a whole number from 1, got "10"'],
    [{}, '`numClasses` must be a whole number from 1, got undefined'],
    [10, '`options` must be an object with at least `numClasses`, got 10'],
    [[10], 'options must be an object like { numClasses }, got [10]'],
  ])('refuses the options %j', (options, message) => {
    expect(() => make('nfnet_digits', options)).toThrow(message);
  });

  it.each<[object, string]>([
    [{ widht: 3 }, 'createModel: `spec`: no option `widht`; did you mean `widths`?'],
    [{ attention: 'eca' }, "`attention` must be one of 'squeezeExcite', 'efficientChannel', 'none', got \"eca\""],
    [{ attentionAt: 'middel' }, "did you mean 'middle'?"],
    [{ activation: 'swish' }, '`activation` must be one of'],
    [
      { widths: [32, 64.5, 128] },
      '`widths` must be a list of whole numbers from 1, one for each stage, got [32,64.5,128]',
    ],
    [
      { widths: [32, 64] },
      'createModel: `widths`, `depths` and `strides` must have one entry per stage, got 2, 3 and 3',
    ],
    [{ widths: 32 }, '`widths` must be a list of whole numbers'],
    [{ depths: [1, 0, 1] }, '`depths` must be a list of whole numbers from 1'],
    [{ strides: [2, 2, 4] }, '`strides` must be a list of 1 and 2, one for each stage, got [2,2,4]'],
    [{ stem: [{ channels: 16, strides: 2 }] }, '`spec`.stem[0]: no option `strides`; did you mean `stride`?'],
    [{ stem: [{ channels: 16 }] }, '`spec`.stem[0]: `stride` must be a whole number from 1, got undefined'],
    [{ stem: [] }, 'createModel: `stem` must have at least one convolution'],
    [{ stem: 16 }, '`stem` must be a list of { channels, stride }, got 16'],
    [{ groupWidth: 0 }, '`groupWidth` must be a whole number from 1, or null, got 0'],
    [{ channelMultiple: 16 }, '`channelMultiple` must be 8 or null, got 16'],
    [{ alpha: '0.2' }, '`alpha` must be a finite number that is not 0, got "0.2"'],
    [{ eps: 0 }, '`eps` must be a finite number > 0, got 0'],
    [{ dropRate: 1.5 }, '`dropRate` must be in [0, 1), got 1.5'],
    [{ inputShape: [28, 28] }, '`inputShape` must be [height, width, channels]'],
    [
      { family: 'nfnets' },
      '`spec.family` must be one of nfnet, nf_resnet, nf_regnet, resnet, efficientnet, got "nfnets"; did you mean \'nfnet\'?',
    ],
    [{ gammaIn: undefined }, "`gammaIn` must be one of 'activation', 'convolution', got undefined"],
  ])('refuses a spec with %j', (change, message) => {
    expect(() => make({ ...digits, ...change }, { numClasses: 10 })).toThrow(message);
  });

  it.each<[object, string]>([
    [{ ...RESNET.resnet_digits, stem: { channels: 16, kernelSize: 3 } }, '`spec`.stem: `pool` must be true or false'],
    [{ ...RESNET.resnet_digits, widths: [64, 128, 254] }, '`widths` must be a list of multiples of 4'],
    [{ ...RESNET.resnet_digits, activation: 'relu' }, '`spec`: no option `activation`'],
    [{ ...EFFICIENTNET.efficientnet_b0, width: 2 }, '`spec`: no option `width`; did you mean `widthFactor`?'],
    [
      { ...EFFICIENTNET.efficientnet_b0, depthFactor: Number.NaN },
      '`depthFactor` must be a finite number > 0, got NaN',
    ],
  ])('refuses a spec of the baselines: %#', (spec, message) => {
    expect(() => make(spec, { numClasses: 10 })).toThrow(message);
  });

  it('refuses what is no spec, and a third argument', () => {
    expect(() => make()).toThrow(
      'createModel: `spec` must be one such as NFNET.nfnet_f0, or a spread of it, got undefined',
    );
    expect(() => make(50, { numClasses: 10 })).toThrow(
      '`spec` must be one such as NFNET.nfnet_f0, or a spread of it, got 50',
    );
    expect(() => make('nfnet_digits', { numClasses: 10 }, { seed: 1 })).toThrow(
      'createModel: the arguments must be a preset and an object of options, got {"seed":1} behind them.',
    );
  });

  it.each([
    ['NFNet_F0', 'nfnet_f0'],
    ['NFNET-F3', 'nfnet_f3'],
    ['nfnet_dig', 'nfnet_digits'],
    ['ResNet-50', 'resnet50'],
    ['eca_nfnet_l0', 'timm/eca_nfnet_l0'],
    ['nf_resnet_50', 'nf_resnet50'],
    ['efficientnetb0', 'efficientnet_b0'],
  ])('guesses what %s means', (name, meant) => {
    expect(() => make(name, { numClasses: 10 })).toThrow(`got "${name}". Did you mean "${meant}"?`);
    expect(() => describeModel(name as 'nfnet_f0')).toThrow(`Did you mean "${meant}"?`);
  });

  it('says that there is no backend', () => {
    const { registryFactory } = tf.engine();
    const engine = tf.engine() as { registryFactory: object };
    engine.registryFactory = {};
    try {
      expect(() => make('nfnet_digits', { numClasses: 10 })).toThrow(
        "createModel: TensorFlow.js must have a backend: import '@tensorflow/tfjs', or await useBackend('auto')",
      );
    } finally {
      engine.registryFactory = registryFactory;
    }
  });
});

it('takes every preset as a spec, from JSON too', () => {
  for (const spec of Object.values(PRESETS)) {
    assertSpec('test', spec);
    assertSpec('test', JSON.parse(JSON.stringify(spec)));
  }
});

describe('the other functions', () => {
  const model = () => createModel('nfnet_digits', { numClasses: 3 });

  it.each<[string, Anything, string]>([
    ['atResolution', atResolution as Anything, '`model` must be a tf.LayersModel'],
    ['featureInfo', featureInfo as Anything, '`model` must be a tf.LayersModel'],
    ['features', features as Anything, '`model` must be a tf.LayersModel'],
    ['float16Weights', float16Weights as Anything, '`target` must be a URL or a handler that saves'],
    ['countParameters', countParameters as Anything, '`spec` must be one such as NFNET.nfnet_f0'],
    ['planBlocks', planBlocks as Anything, '`spec` must be one such as NFNET.nfnet_f0'],
    ['planWeights', planWeights as Anything, '`spec` must be one such as NFNET.nfnet_f0'],
    ['publishedWeights', publishedWeights as Anything, '`spec` must be one such as NFNET.nfnet_f0'],
    ['describeModel', describeModel as Anything, '`name` must be a name of listModels()'],
    ['recipe', recipe as Anything, '`name` must be an NFNet or NF-ResNet of the authors'],
  ])('say what they need when they get nothing, or a number: %s', (name, call, message) => {
    expect(() => call()).toThrow(
      `${name}: ${message}, got undefined`
        .replace('NFNET.nfnet_f0,', 'NFNET.nfnet_f0, or a spread of it,')
        .replace('LayersModel,', 'LayersModel, such as createModel makes,'),
    );
    expect(() => call(7)).toThrow(`${name}: ${message}`);
    expect(() => call(Object.create(null))).toThrow(`${name}: `);
  });

  it('say what is wrong in the rest', async () => {
    expect(() => (listModels as Anything)({ famly: 'nfnet' })).toThrow(
      'listModels: no option `famly`; did you mean `family`?',
    );
    expect(() => (listModels as Anything)('nfnet')).toThrow('listModels: options must be an object');
    expect(() => (listModels as Anything)({ family: 'NFNet' })).toThrow('Did you mean "nfnet"?');
    expect(() => (recipe as Anything)('nfnet_f0', { phse: 'train' })).toThrow('did you mean `phase`?');
    expect(() => (recipe as Anything)('nfnet_f9')).toThrow('Did you mean "nfnet_f0"?');
    expect(() => planBlocks(RESNET.resnet50 as never)).toThrow(
      'planBlocks: `spec` must be of a normalizer-free network, got one of the family "resnet"',
    );
    expect(() => publishedWeights(digits, 'torch' as 'timm', 10)).toThrow(
      "`naming` must be 'timm' or 'haiku', got \"torch\"",
    );
    expect(() => (planWeights as Anything)(digits)).toThrow(
      'planWeights: `numClasses` must be a number, got undefined',
    );
    expect(() => (countParameters as Anything)(digits, 0)).toThrow(
      'countParameters: `numClasses` must be an integer >= 1, got 0',
    );
    const options = { quantize: true };
    await expect((foldForInference as Anything)(FAKE, options)).rejects.toThrow(
      'must be a model, got {"quantize":true}',
    );
    await expect((foldForInference as Anything)()).rejects.toThrow(
      'foldForInference: `model` must be a tf.LayersModel',
    );
  });

  it('refuse stages that are no list, and further arguments', () => {
    const net = model();
    expect(() => (features as Anything)(net, 2)).toThrow('features: `stages` must be a list such as [1, 2, 3], got 2');
    expect(() => (features as Anything)(net, { outputStride: 8 })).toThrow('got {"outputStride":8}');
    expect(() => (features as Anything)(net, [0], { outputStride: 8 })).toThrow(
      'features: the arguments must be a model and a list of stages, whose strides `featureInfo` tells, got {"outputStride":8}',
    );
    expect(() => (featureInfo as Anything)(net, { stages: [0] })).toThrow(
      'featureInfo: the arguments must be a model, got',
    );
    expect([net].map(featureInfo as never)).toEqual([featureInfo(net)]);
    expect(() => (atResolution as Anything)(net, 56, { crop: 28 })).toThrow(
      'must be a model and a size, got {"crop":28}',
    );
    expect(() => (float16Weights as Anything)('downloads://f0', { dtype: 'int8' })).toThrow(
      'must be a URL or a handler, got',
    );
    expect(() => (atResolution as Anything)(net, [28])).toThrow('got [28].');
    expect(() => (atResolution as Anything)(net)).toThrow('got undefined');
    net.dispose();
  });
});
