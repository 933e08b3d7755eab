import { readFileSync } from 'node:fs';
import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  NF_REGNET,
  NF_RESNET,
  NFNET,
  type NFNetSpec,
  type PublishedWeight,
  planWeights,
  publishedWeights,
  TIMM_NFNET,
} from './index.js';

/** What a reference computes, by tools/reference: timm_families.py and authors_families.py, in float64. */
interface Fixture {
  readonly logits: readonly number[];
  readonly loss: number;
  readonly lossAfter: number;
  /** By published name: norms of the gradient, of the clipped gradient, and of the weight after one step. */
  readonly weights: Record<string, readonly [gradient: number, clipped: number, after: number]>;
}

const CLASSES = 10;
const SIDE = 40;

/** Small of each family: maps of 5 and 3 pixels too, so that every padding at an odd edge is in it. */
const small = (spec: NFNetSpec, widths: number[], change: Partial<NFNetSpec> = {}): NFNetSpec => ({
  ...spec,
  widths,
  depths: [1, 2, 1, 1],
  dropRate: 0,
  stochasticDepthRate: 0,
  ...change,
});
const deepStem = (channels: readonly number[]) =>
  channels.map((channels, i) => ({ channels, stride: i === 0 || i === 3 ? 2 : 1 }));
const stem = (channels: number, kernelSize: number) => [{ channels, stride: 2, kernelSize }];
const F = { groupWidth: 8, finalChannels: 96 };
const TIMM_F = { ...F, stem: deepStem([8, 16, 32, 64]) };

const NETS = {
  'authors-nfnet': small(NFNET.nfnet_f0, [32, 48, 64, 64], { ...F, stem: deepStem([16, 32, 64, 16]) }),
  'authors-nf_resnet': small(NF_RESNET.nf_resnet50, [32, 64, 96, 128], { stem: stem(16, 7) }),
  'authors-nf_seresnet': small(NF_RESNET.nf_resnet50, [32, 64, 96, 128], {
    stem: stem(16, 7),
    attention: 'squeezeExcite',
  }),
  'authors-nf_regnet': small(NF_REGNET.nf_regnet_b0, [18, 30, 42, 54], { stem: stem(18, 3), finalChannels: 157 }),
  'timm-dm_nfnet': small(TIMM_NFNET['timm/dm_nfnet_f0'], [32, 48, 64, 64], TIMM_F),
  'timm-nfnet': small(TIMM_NFNET['timm/nfnet_f0'], [32, 48, 64, 64], TIMM_F),
  'timm-nfnet_l': small(TIMM_NFNET['timm/nfnet_l0'], [32, 64, 96, 96], TIMM_F),
  'timm-eca_nfnet_l': small(TIMM_NFNET['timm/eca_nfnet_l0'], [32, 64, 96, 128], TIMM_F),
  'timm-nf_resnet': small(TIMM_NFNET['timm/nf_resnet50'], [32, 64, 96, 128], { stem: stem(16, 7) }),
  'timm-nf_seresnet': small(TIMM_NFNET['timm/nf_seresnet50'], [32, 64, 96, 192], { stem: stem(16, 7) }),
  'timm-nf_ecaresnet': small(TIMM_NFNET['timm/nf_ecaresnet50'], [32, 64, 96, 128], { stem: stem(16, 7) }),
  // 0.75 of 24, 40, 56, 72 and 128, rounded to multiples of 8
  'timm-nf_regnet': small(TIMM_NFNET['timm/nf_regnet_b0'], [24, 32, 40, 56], { stem: stem(24, 3), finalChannels: 96 }),
} as const satisfies Record<string, NFNetSpec>;

/** The values of golden_weight in tools/reference, brought into our layout as a file's would be. */
function goldenWeight({ name, shape, layout }: PublishedWeight, ours: number[]): tf.Tensor {
  const u = goldenValues(
    name,
    shape.reduce((product, side) => product * side, 1),
  );
  const last = name.split(/[./]/).at(-1)!;
  const scale = /bias|^b$/.test(last) ? 0.05 : /squeeze_excite|\.attn/.test(name) && !/gain/.test(last) ? 1 : 0.1;
  const offset = /gain/.test(last) ? 1 : 0;
  return tf.tidy(() => {
    const values = tf.tensor(
      u.map((u) => offset + scale * u),
      [...shape],
    );
    if (layout === 'OIHW') return tf.reshape(tf.transpose(values, [2, 3, 1, 0]), ours);
    return layout === 'OI' ? tf.transpose(values) : tf.reshape(values, ours);
  });
}

const PIXELS = goldenValues('input', 2 * SIDE * SIDE * 3).map((u) => Math.sqrt(3) * u);

/** The net of a spec with the golden weights of `published`. */
function goldenModel(spec: NFNetSpec, published: ReadonlyMap<string, PublishedWeight>): tf.LayersModel {
  const model = createModel(spec, { numClasses: CLASSES });
  const weights = model.weights.map(({ originalName, shape }) =>
    goldenWeight(published.get(originalName)!, shape as number[]),
  );
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

describe.each(Object.entries(NETS))('%s', (file, spec) => {
  const url = new URL(`__fixtures__/${file}.json`, import.meta.url);
  const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
  const published = publishedWeights(spec, file.startsWith('timm') ? 'timm' : 'haiku', CLASSES);
  let model: tf.LayersModel;
  let images: tf.Tensor4D;

  beforeAll(async () => {
    await useBackend('wasm');
    model = goldenModel(spec, published);
    images = tf.tensor4d(PIXELS, [2, SIDE, SIDE, 3]);
  });
  afterAll(async () => {
    images.dispose();
    model.dispose();
    await useBackend('cpu');
  });

  /** Label smoothing of 0.1, mean cross-entropy. */
  const loss = () =>
    tf.tidy(() => {
      const targets = tf.add(tf.mul(tf.oneHot(tf.tensor1d([3, 7], 'int32'), CLASSES), 0.9), 0.1 / CLASSES);
      const logits = model.apply(images) as tf.Tensor;
      return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1))) as tf.Scalar;
    });
  const normOf = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  const lossNow = () => tf.tidy(() => loss().dataSync()[0]!);

  it('has the weights of the reference, in the planned order with random masks too', () => {
    const masked = createModel(spec, { numClasses: CLASSES, dropRate: 0.5, stochasticDepthRate: 0.5 });
    expect(masked.weights.map(({ originalName, shape }) => ({ name: originalName, shape }))).toEqual(
      planWeights(spec, CLASSES),
    );
    masked.dispose();
    expect(model.weights.map(({ originalName }) => originalName)).toEqual([...published.keys()]);
    expect([...published.values()].map(({ name }) => name).sort()).toEqual(Object.keys(fixture.weights).sort());
  });

  it('gives the reference logits', () => {
    const logits = tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync<'float32'>());
    expect(relativeError(logits, fixture.logits)).toBeLessThan(1e-4);
  });

  it('has the reference loss, gradients, clipped gradients and step', () => {
    expect(Math.abs(lossNow() / fixture.loss - 1)).toBeLessThan(1e-5);
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const { value, grads } = tf.variableGrads(loss, variables);
    const gradients = model.trainableWeights.map(({ originalName: name }, i) => {
      const param = variables[i]!;
      return { name, param, grad: grads[param.name]! };
    });
    const clip = adaptiveGradClip({ clipFactor: 0.01, exclude: ['linear/kernel'] });
    const clipped = tf.tidy(() => clip.apply(gradients).map((grad) => normOf(grad.dataSync())));
    for (const [i, { name, grad }] of gradients.entries()) {
      const [gradientNorm, clippedNorm] = fixture.weights[published.get(name)!.name]!;
      expect(Math.abs(normOf(grad.dataSync()) - gradientNorm), name).toBeLessThan(1e-3 * gradientNorm + 1e-7);
      expect(Math.abs(clipped[i]! - clippedNorm), name).toBeLessThan(1e-3 * clippedNorm + 1e-7);
    }
    tf.dispose([value, grads]);

    const before = variables.map((variable) => tf.clone(variable));
    const momentum = tf.train.momentum(0.1, 0.9, true);
    const optimizer = withTransforms(momentum, clip, addDecayedWeights({ weightDecay: 2e-5 }));
    const cost = optimizer.minimize(loss, true, variables)!;
    for (const [i, { originalName: name }] of model.trainableWeights.entries()) {
      const after = fixture.weights[published.get(name)!.name]![2];
      expect(Math.abs(normOf(variables[i]!.dataSync()) / after - 1), name).toBeLessThan(1e-5);
    }
    expect(Math.abs(lossNow() / fixture.lossAfter - 1)).toBeLessThan(1e-4);
    for (const [i, variable] of variables.entries()) variable.assign(before[i]!);
    tf.dispose([cost, before]);
    optimizer.dispose();
    // tf's momentum forgets the scalar that holds its learning rate.
    (momentum as unknown as { c: tf.Scalar }).c.dispose();
  });
});

// Each of these is a mistake that the comparison above must see.
it.each([
  ['timm-nfnet', { gammaIn: 'activation' }],
  ['timm-nfnet', { padding: 'same' }],
  ['timm-nfnet', { activation: 'gelu' }],
  ['timm-nf_resnet', { padding: 'same' }],
  ['timm-nf_resnet', { alpha: 0.21 }],
  ['timm-nf_resnet', { eps: 1e-4 }],
  ['timm-nf_resnet', { eps: 1e-4, epsRule: 'floor' }],
  ['authors-nf_resnet', { padding: 'symmetric' }],
  ['authors-nf_resnet', { shortcutPooling: 'average' }],
  ['authors-nfnet', { activation: 'geluErf' }],
] as const)('tells %s from one with %o', (file, change) => {
  const published = publishedWeights(NETS[file], file.startsWith('timm') ? 'timm' : 'haiku', CLASSES);
  const logitsOf = (spec: NFNetSpec) => {
    const model = goldenModel(spec, published);
    const logits = tf.tidy(() => {
      const images = tf.tensor4d(PIXELS, [2, SIDE, SIDE, 3]);
      return (model.predict(images) as tf.Tensor).dataSync<'float32'>();
    });
    model.dispose();
    return logits;
  };
  expect(relativeError(logitsOf({ ...NETS[file], ...change }), logitsOf(NETS[file]))).toBeGreaterThan(1e-4);
});
