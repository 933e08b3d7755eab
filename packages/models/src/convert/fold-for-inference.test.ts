import { useBackend } from '@nfnets/backends';
import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  EFFICIENTNET,
  foldForInference,
  type ModelSpec,
  NF_REGNET,
  NF_RESNET,
  NFNET,
  type NFNetSpec,
  RESNET,
  TIMM_NFNET,
} from '../index.js';

const small = (spec: NFNetSpec, widths: number[], change: Partial<NFNetSpec> = {}): NFNetSpec => ({
  ...spec,
  widths,
  depths: [1, 2, 1, 1],
  dropRate: 0.2,
  stochasticDepthRate: 0.2,
  ...change,
});
const deepStem = [8, 16, 32, 64].map((channels, i) => ({ channels, stride: i === 0 || i === 3 ? 2 : 1 }));
const stem = (channels: number, kernelSize: number) => [{ channels, stride: 2, kernelSize }];
const F = { groupWidth: 8, finalChannels: 96, stem: deepStem };
const R = [32, 64, 96, 128];

/** Small of each family, under the names of their presets. */
const NETS = {
  nfnet: small(NFNET.nfnet_f0, [32, 48, 64, 64], F),
  nf_resnet: small(NF_RESNET.nf_resnet50, R, { stem: stem(16, 7) }),
  nf_regnet: small(NF_REGNET.nf_regnet_b0, [18, 30, 42, 54], { stem: stem(18, 3), finalChannels: 157 }),
  'timm/dm_nfnet': small(TIMM_NFNET['timm/dm_nfnet_f0'], [32, 48, 64, 64], F),
  'timm/nfnet': small(TIMM_NFNET['timm/nfnet_f0'], [32, 48, 64, 64], F),
  'timm/nfnet_l': small(TIMM_NFNET['timm/nfnet_l0'], [32, 64, 96, 96], F),
  'timm/eca_nfnet_l': small(TIMM_NFNET['timm/eca_nfnet_l0'], R, F),
  'timm/nf_resnet': small(TIMM_NFNET['timm/nf_resnet50'], R, { stem: stem(16, 7) }),
  'timm/nf_seresnet': small(TIMM_NFNET['timm/nf_seresnet50'], R, { stem: stem(16, 7) }),
  'timm/nf_ecaresnet': small(TIMM_NFNET['timm/nf_ecaresnet50'], R, { stem: stem(16, 7) }),
  'timm/nf_regnet': small(TIMM_NFNET['timm/nf_regnet_b0'], [24, 32, 40, 56], { stem: stem(24, 3), finalChannels: 96 }),
  resnet: { ...RESNET.resnet50, depths: [1, 2], stochasticDepthRate: 0.2 },
  efficientnet: { ...EFFICIENTNET.efficientnet_b0, widthFactor: 0.25, depthFactor: 0.5 },
} as const satisfies Record<string, ModelSpec>;

/** A net whose weights are all in use, as if it had been trained: gains, biases and averages too. */
function trainedModel(spec: ModelSpec, classes = 7): tf.LayersModel {
  const model = createModel(spec, { numClasses: classes, seed: 1 });
  const weights = tf.tidy(() =>
    model.weights.map((weight) => {
      const { originalName: name, shape } = weight;
      const value = weight.read();
      const noise = tf.tensor(goldenValues(name, value.size), shape as number[]);
      if (/skip_gain|conv2\/gain/.test(name)) return tf.add(0.7, tf.mul(noise, 0.3));
      if (/linear\/kernel/.test(name)) return tf.mul(noise, 0.1);
      return value.rank < 2 ? tf.add(value, tf.mul(noise, 0.1)) : tf.clone(value);
    }),
  );
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

const imagesOf = (side: number) => tf.tensor4d(goldenValues('images', 2 * side * side * 3), [2, side, side, 3]);
const logitsOf = (model: tf.LayersModel, images: tf.Tensor) =>
  tf.tidy(() => Float32Array.from((model.predict(images) as tf.Tensor).dataSync()));

beforeAll(async () => {
  await useBackend('wasm');
});
afterAll(async () => {
  await useBackend('cpu');
});

describe.each(Object.entries(NETS))('a folded %s', (_, spec) => {
  it('has the logits, the names and the shapes of the model, in plain layers', async () => {
    const model = trainedModel(spec);
    const folded = await foldForInference(model);
    expect(folded.name).toBe(model.name);
    expect(folded.inputs[0]!.shape).toEqual(model.inputs[0]!.shape);
    expect(folded.outputShape).toEqual(model.outputShape);
    for (const side of [40, 33]) {
      const images = imagesOf(side);
      expect(relativeError(logitsOf(folded, images), logitsOf(model, images))).toBeLessThan(1e-5);
      images.dispose();
    }
    const classes = new Set(folded.layers.map((layer) => layer.getClassName()));
    for (const gone of ['ScaledWSConv2D', 'SkipGain', 'ScaledSum', 'StochasticDepth', 'BatchNormalization']) {
      expect(classes).not.toContain(gone);
    }
    expect(folded.layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(model.layers.map(({ name }) => name).filter((name) => /conv\d|linear$/.test(name))),
    );
    model.dispose();
    folded.dispose();
  });
});

const NET = { ...NETS.nfnet, depths: [1, 1, 1, 1] };

describe('foldForInference', () => {
  it('leaves the model alone, which may be trained or disposed without it', async () => {
    const images = imagesOf(32);
    const model = trainedModel(NET);
    const before = logitsOf(model, images);
    const folded = await foldForInference(model);
    const foldedLogits = logitsOf(folded, images);
    expect(logitsOf(model, images)).toEqual(before);
    const zeros = tf.tidy(() => model.getWeights().map((weight) => tf.zerosLike(weight)));
    model.setWeights(zeros);
    tf.dispose(zeros);
    expect(logitsOf(folded, images)).toEqual(foldedLogits);
    model.dispose();
    expect(logitsOf(folded, images)).toEqual(foldedLogits);
    folded.dispose();
    images.dispose();
  });

  it('saves and loads', async () => {
    const images = imagesOf(32);
    const model = trainedModel(NET);
    const folded = await foldForInference(model);
    model.dispose();
    const before = logitsOf(folded, images);
    let saved: tf.io.ModelArtifacts | undefined;
    await folded.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = { ...artifacts, modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)) };
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    folded.dispose();
    const restored = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    expect(logitsOf(restored, images)).toEqual(before);
    restored.dispose();
    images.dispose();
  });

  it('folds a folded model to the same', async () => {
    const images = imagesOf(32);
    const model = trainedModel(NET);
    const folded = await foldForInference(model);
    const twice = await foldForInference(folded);
    expect(relativeError(logitsOf(twice, images), logitsOf(folded, images))).toBeLessThan(1e-6);
    for (const each of [model, folded, twice]) each.dispose();
    images.dispose();
  });

  it('needs half the operations', async () => {
    const images = imagesOf(32);
    const model = trainedModel(NET);
    const folded = await foldForInference(model);
    const count = (net: tf.LayersModel) => {
      let kernels = 0;
      const engine = tf.engine();
      const runKernel = engine.runKernel;
      engine.runKernel = function (this: typeof engine, ...args: Parameters<typeof runKernel>) {
        kernels++;
        return runKernel.apply(this, args);
      } as typeof runKernel;
      try {
        logitsOf(net, images);
      } finally {
        engine.runKernel = runKernel;
      }
      return kernels;
    };
    expect(count(folded)).toBeLessThan(count(model) / 2);
    model.dispose();
    folded.dispose();
    images.dispose();
  });

  it('multiplies out what nothing can take in', async () => {
    const net = createModel(NET, { numClasses: 3, seed: 1 });
    const activation = net.getLayer('stem_act0').output as tf.SymbolicTensor;
    const cut = tf.model({ inputs: net.inputs, outputs: activation });
    const folded = await foldForInference(cut);
    const images = imagesOf(8);
    expect(relativeError(logitsOf(folded, images), logitsOf(cut, images))).toBeLessThan(1e-6);
    images.dispose();
    net.dispose();
    folded.dispose();
  });

  it('refuses a layer that is applied twice', async () => {
    const input = tf.input({ shape: [4] });
    const twice = tf.layers.dense({ units: 4, name: 'shared' });
    const model = tf.model({
      inputs: input,
      outputs: twice.apply(twice.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor,
    });
    await expect(foldForInference(model)).rejects.toThrow(/must apply each layer once, got "shared" twice/);
    tf.dispose(twice.getWeights());
  });
});
