import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  createModel,
  EFFICIENTNET,
  featureInfo,
  features,
  foldForInference,
  NF_REGNET,
  NF_RESNET,
  NFNET,
  RESNET,
} from '../index.js';

const SMALL = { widths: [16, 16, 24, 32], depths: [1, 2, 1, 1], dropRate: 0, stochasticDepthRate: 0 } as const;
const stem = (channels: number) => [{ channels, stride: 2 }];
const NETS = {
  nfnet: { ...NFNET.nfnet_f0, ...SMALL, stem: [...stem(8), ...stem(16)], groupWidth: 4, finalChannels: 40 },
  nf_resnet: { ...NF_RESNET.nf_resnet50, ...SMALL, stem: stem(8) },
  nf_regnet: { ...NF_REGNET.nf_regnet_b0, ...SMALL, stem: stem(16), finalChannels: 40 },
  resnet: { ...RESNET.resnet50, depths: [1, 2] },
  efficientnet: { ...EFFICIENTNET.efficientnet_b0, widthFactor: 0.25, depthFactor: 0.5 },
} as const;
const images = () => tf.tensor4d(goldenValues('x', 37 * 33 * 3), [1, 37, 33, 3]);
const make = (spec: (typeof NETS)[keyof typeof NETS]) => createModel(spec, { numClasses: 3, seed: 1 });

/** What the layer of that name computes within the whole model. */
const intermediate = (model: tf.LayersModel, layer: string, x: tf.Tensor) =>
  tf
    .model({ inputs: model.inputs, outputs: [model.getLayer(layer).output as tf.SymbolicTensor, model.outputs[0]!] })
    .predict(x) as tf.Tensor[];

describe('features', () => {
  // Strides and channels by hand from the specs: stems of stride 2 or 4 (nf_resnet and resnet with their pooling).
  it.each([
    [
      'nfnet',
      ['nf_block_0/skip_gain', 'nf_block_2/skip_gain', 'nf_block_3/skip_gain', 'nf_block_4/skip_gain'],
      [4, 8, 16, 32],
    ],
    [
      'nf_resnet',
      ['nf_block_0/skip_gain', 'nf_block_2/skip_gain', 'nf_block_3/skip_gain', 'nf_block_4/skip_gain'],
      [4, 8, 16, 32],
    ],
    [
      'nf_regnet',
      ['nf_block_0/skip_gain', 'nf_block_2/skip_gain', 'nf_block_3/skip_gain', 'nf_block_4/skip_gain'],
      [4, 8, 16, 32],
    ],
    ['resnet', ['layer1.0.relu3', 'layer2.1.relu3'], [4, 8]],
  ] as const)('of %s are the ends of its stages', (family, layers, strides) => {
    const model = make(NETS[family]);
    const info = featureInfo(model);
    expect(info.map(({ layer }) => layer)).toEqual(layers);
    expect(info.map(({ stride }) => stride)).toEqual(strides);
    expect(info.map(({ stage }) => stage)).toEqual(strides.map((_, stage) => stage));
    expect(info.map(({ channels }) => channels)).toEqual(family === 'resnet' ? [256, 512] : [...SMALL.widths]);
    model.dispose();
  });

  it('of EfficientNets end seven stages', () => {
    const model = make(NETS.efficientnet);
    expect(featureInfo(model).map(({ stride }) => stride)).toEqual([2, 4, 8, 16, 16, 32, 32]);
    expect(featureInfo(model)[1]!.layer).toBe('blocks.1.0.project.bn');
    model.dispose();
  });

  it('of F0 are those of its published stages', () => {
    const model = createModel('nfnet_f0', { numClasses: 2 });
    expect(featureInfo(model).map(({ stride, channels }) => [stride, channels])).toEqual([
      [4, 256],
      [8, 512],
      [16, 1536],
      [32, 1536],
    ]);
    model.dispose();
  }, 60_000);

  it.each(['nfnet', 'nf_resnet', 'nf_regnet', 'resnet', 'efficientnet'] as const)(
    'of %s have the values inside the whole model, folded or not',
    async (family) => {
      const model = make(NETS[family]);
      const folded = await foldForInference(model);
      const x = images();
      const info = featureInfo(model);
      expect(featureInfo(folded).map(({ stride, channels }) => [stride, channels])).toEqual(
        info.map(({ stride, channels }) => [stride, channels]),
      );
      const maps = features(model).predict(x) as tf.Tensor[];
      const foldedMaps = features(folded).predict(x) as tf.Tensor[];
      expect(maps).toHaveLength(info.length);
      for (const [i, { layer, stride, channels }] of info.entries()) {
        const [expected, logits] = intermediate(model, layer, x);
        expect(maps[i]!.shape).toEqual([1, Math.ceil(37 / stride), Math.ceil(33 / stride), channels]);
        expect(relativeError(maps[i]!, expected!)).toBe(0);
        expect(relativeError(foldedMaps[i]!, expected!)).toBeLessThan(1e-5);
        tf.dispose([expected!, logits!]);
      }
      tf.dispose([maps, foldedMaps, x]);
      model.dispose();
      folded.dispose();
    },
  );

  it('come in the wanted order, one alone as a tensor, and fold by themselves', async () => {
    const model = make(NETS.nfnet);
    const x = images();
    const two = features(model, [3, 1]).predict(x) as tf.Tensor[];
    expect(two.map(({ shape }) => shape[3])).toEqual([32, 16]);
    const one = features(model, [1]);
    const map = one.predict(x) as tf.Tensor;
    expect(relativeError(map, two[1]!)).toBe(0);
    const folded = await foldForInference(one);
    const again = folded.predict(x) as tf.Tensor;
    expect(relativeError(again, map)).toBeLessThan(1e-5);
    expect(folded.weights.length).toBeLessThan(model.weights.length);
    tf.dispose([two, map, again, x]);
    model.dispose();
    folded.dispose();
  });

  it('refuse stages that do not exist', () => {
    const model = make(NETS.nfnet);
    expect(() => features(model, [4])).toThrow('features: `stages` must be different numbers from 0 to 3, got [4].');
    expect(() => features(model, [0, 0])).toThrow(/got \[0, 0\]/);
    expect(() => features(model, [])).toThrow(/got \[\]/);
    model.dispose();
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    expect(() => features(other)).toThrow(/must have the blocks of createModel/);
    other.dispose();
  });
});
