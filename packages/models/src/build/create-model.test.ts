import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as models from '../index.js';
import { countParameters, createModel, NFNET, type NFNetSpec, planWeights } from '../index.js';

it('exports what it promises', () => {
  expect(Object.keys(models).sort()).toEqual([
    'EFFICIENTNET',
    'NFNET',
    'NF_REGNET',
    'NF_RESNET',
    'RESNET',
    'TIMM_NFNET',
    'atResolution',
    'countParameters',
    'createModel',
    'describeModel',
    'featureInfo',
    'features',
    'float16Weights',
    'foldForInference',
    'listModels',
    'planBlocks',
    'planWeights',
    'publishedWeights',
    'recipe',
  ]);
});

// Small enough for the plain JavaScript backend.
const SMALL: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [{ channels: 8, stride: 2 }],
  widths: [16, 16],
  depths: [1, 2],
  strides: [1, 2],
  groupWidth: 4,
  finalChannels: 24,
};

describe('createModel', () => {
  it('makes F0 with its published number of parameters', () => {
    const model = createModel('nfnet_f0', { numClasses: 1000 });
    expect(model.countParams()).toBe(71_489_284);
    expect(model.weights).toHaveLength(233);
    expect(model.trainableWeights).toHaveLength(233);
    expect(model.outputShape).toEqual([null, 1000]);
    model.dispose();
  }, 120_000);

  it('has the planned weights, in the planned order', () => {
    const model = createModel(SMALL, { numClasses: 5 });
    expect(model.weights.map(({ originalName, shape }) => ({ name: originalName, shape }))).toEqual(
      planWeights(SMALL, 5),
    );
    model.dispose();
  });

  it.each([
    ['nfnet_digits', NFNET.nfnet_digits],
    [
      'a middle attention and two stem convolutions',
      { ...SMALL, attentionAt: 'middle', stem: [...SMALL.stem, ...SMALL.stem] },
    ],
  ] as const)('has them with glu too, which halves the channels that are read: %s', (_, base) => {
    const spec: NFNetSpec = { ...base, activation: 'glu' };
    const model = createModel(spec, { numClasses: 5 });
    expect(model.weights.map(({ originalName, shape }) => ({ name: originalName, shape }))).toEqual(
      planWeights(spec, 5),
    );
    expect(model.countParams()).toBe(countParameters(spec, 5));
    model.dispose();
  });

  it('gives every image its own logits at any size', () => {
    const model = createModel(SMALL, { numClasses: 5, inputShape: [null, null, 3] });
    for (const side of [16, 21]) {
      const x = tf.tensor4d(goldenValues('x', 2 * side * side * 3), [2, side, side, 3]);
      const both = model.predict(x) as tf.Tensor;
      const second = tf.tidy(() => model.predict(tf.slice(x, 1)) as tf.Tensor);
      const expected = tf.slice(both, 1);
      expectTensorClose(second, expected);
      tf.dispose([x, both, second, expected]);
    }
    model.dispose();
  });

  it('draws its weights from the seed', () => {
    const weightsOf = (seed: number) => {
      const model = createModel(SMALL, { numClasses: 5, seed });
      const values = model.getWeights().map((weight) => [...weight.dataSync()]);
      model.dispose();
      return values;
    };
    const first = weightsOf(1);
    expect(weightsOf(1)).toEqual(first);
    expect(weightsOf(2)).not.toEqual(first);
    // Same-shaped layers must not share their draw.
    const kernels = planWeights(SMALL, 5).flatMap(({ name }, i) => (name.endsWith('conv1/kernel') ? [first[i]!] : []));
    expect(kernels[1]).not.toEqual(kernels[2]);
  });

  it('drops as it is told while training, and by the seed alone', () => {
    const model = createModel(SMALL, { numClasses: 5, dropRate: 0.5, stochasticDepthRate: 0.5, seed: 1 });
    const x = tf.tensor4d(goldenValues('x', 8 * 16 * 16 * 3), [8, 16, 16, 3]);
    const logits = (args: object) => tf.tidy(() => [...(model.apply(x, args) as tf.Tensor).dataSync()]);
    const first = logits({ training: true, seed: 1 });
    expect(logits({ training: true, seed: 1 })).toEqual(first);
    expect(logits({ training: true, seed: 2 })).not.toEqual(first);
    expect(logits({})).not.toEqual(first);
    x.dispose();
    model.dispose();
  });

  it('saves and loads', async () => {
    const model = createModel('nfnet_digits', { numClasses: 10, dropRate: 0.1, stochasticDepthRate: 0.1 });
    const x = tf.tensor4d(goldenValues('x', 2 * 28 * 28), [2, 28, 28, 1]);
    const before = model.predict(x) as tf.Tensor;
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (saved) => {
        artifacts = saved;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const restored = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
    const after = restored.predict(x) as tf.Tensor;
    expectTensorClose(after, before, { relative: 0, absolute: 0 });
    tf.dispose([x, before, after]);
    model.dispose();
    restored.dispose();
  });

  it.each([
    [
      'nfnet_f8',
      { numClasses: 10 },
      /`preset` must be a name of listModels\(\), got "nfnet_f8"\. Did you mean "nfnet_f\d"\?/,
    ],
    ['NFNet_Digit', { numClasses: 10 }, /got "NFNet_Digit"\. Did you mean "nfnet_digits"\?/],
    ['mobilenet', { numClasses: 10 }, /must be a name of listModels\(\), got "mobilenet"\.$/],
    ['dm_nfnet_f0', { numClasses: 10 }, /got "dm_nfnet_f0"\. Did you mean "timm\/dm_nfnet_f0"\?/],
    ['resnet50', { numClasses: 10, activation: 'relu' }, /`activation` must be left out for a network with batch/],
    ['nfnet_digits', { numClasses: 0 }, /`numClasses` must be a whole number from 1, got 0/],
    ['nfnet_digits', undefined, /`options` must be an object with at least `numClasses`, got undefined/],
    ['nfnet_digits', { numClasses: 10, seed: 1.5 }, /`seed` must be a whole number, got 1\.5/],
    ['nfnet_digits', { numClasses: 10, inputShape: [28, 28] }, /`inputShape` must be .* got \[28,28\]/],
    ['nfnet_digits', { numClasses: 10, inputShape: [28, 28, null] }, /`inputShape` must be .* got \[28,28,null\]/],
    ['nfnet_digits', { numClasses: 10, dropRate: 1 }, /`dropRate` must be in \[0, 1\), got 1/],
    [
      'nfnet_digits',
      { numClasses: 10, stochasticDepthRate: Number.NaN },
      /`stochasticDepthRate` must be in \[0, 1\), got NaN/,
    ],
    ['nfnet_digits', { numClasses: 10, activation: 'swish' }, /`activation` must be one of 'identity',.* got "swish"/],
  ])('refuses %s with %o', (name, options, message) => {
    expect(() => createModel(name as 'nfnet_f0', options as { numClasses: number })).toThrow(message);
  });
});
