import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModel, NFNET, type NFNetSpec } from './index.js';

/*
 * The tiny network T0: its numbers come from the authors' own model and optimizer in float64, on weights that any
 * language can make.
 */
const T0: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [16, 32, 64, 8].map((channels, i) => ({ channels, stride: i === 0 || i === 3 ? 2 : 1 })),
  widths: [16, 32, 48, 48],
  depths: [1, 2, 1, 1],
  groupWidth: 8,
  finalChannels: 96,
  dropRate: 0,
  stochasticDepthRate: 0,
};

/** `nf_block_1/conv1/kernel` to `NFNet/~/nf_block_1/~/conv1/w`. */
function haikuName(name: string): string {
  const parts = name.split('/');
  const weight = parts.pop()!;
  const path = parts.join('/~/').replace(/^nf_block_0(?=\/|$)/, 'nf_block');
  if (path.endsWith('/~/skip_gain')) return `NFNet/~/${path.replace('/~/skip_gain', '')}/skip_gain`;
  const [, role, kind] = weight.match(/^(?:(reduce|expand)_)?(.+)$/)!;
  const isLinear = role !== undefined || path === 'linear';
  const module = role === undefined ? path : `${path}/~/${role === 'reduce' ? 'linear' : 'linear_1'}`;
  const names: Record<string, string> = { kernel: 'w', bias: isLinear ? 'b' : 'bias', gain: 'gain' };
  return `NFNet/~/${module}/${names[kind!]}`;
}

function goldenWeight(name: string, shape: number[]): tf.Tensor {
  const haiku = haikuName(name);
  const u = goldenValues(
    haiku,
    shape.reduce((product, size) => product * size, 1),
  );
  const kind = haiku.split('/').at(-1)!;
  const isSqueezeExcite = haiku.includes('squeeze_excite');
  const values = u.map((u) => {
    if (kind === 'w') return isSqueezeExcite ? u : 0.1 * u;
    if (kind === 'gain' || kind === 'skip_gain') return 1 + 0.1 * u;
    return 0.05 * u;
  });
  return tf.tensor(values, shape);
}

const X = goldenValues('input', 2 * 32 * 32 * 3).map((u) => Math.sqrt(3) * u);

let model: tf.LayersModel;
let images: tf.Tensor4D;

function build(activation: NFNetSpec['activation']): void {
  model = createModel({ ...T0, activation }, { numClasses: 10 });
  const weights = model.weights.map(({ originalName, shape }) => goldenWeight(originalName, shape as number[]));
  model.setWeights(weights);
  tf.dispose(weights);
}

beforeEach(() => {
  build('gelu');
  images = tf.tensor4d(X, [2, 32, 32, 3]);
});
afterEach(() => {
  model.dispose();
  images.dispose();
});

describe('the golden network', () => {
  it('starts from the published values', () => {
    expect(model.countParams()).toBe(65_799);
    expect(model.weights).toHaveLength(114);
    expectTensorClose(X.slice(0, 3), [1.66401627, 1.01279805, 0.44745838], { relative: 1e-6 });
    const first = (name: string, count: number) =>
      model.weights
        .find(({ originalName }) => originalName === name)!
        .read()
        .dataSync()
        .slice(0, count);
    expectTensorClose(first('stem_conv0/kernel', 3), [-0.03458601, -0.05170999, -0.04224428], { relative: 1e-6 });
    expectTensorClose(first('nf_block_0/skip_gain/gain', 1), [1.07849239], { relative: 1e-6 });
  });

  it.each([
    [
      'gelu',
      [
        -0.03812882, 0.03039627, -0.03154927, -0.03300358, -0.06132087, -0.0902582, 0.0588927, -0.00758428, 0.01568959,
        -0.09262293, -0.03560856, 0.03831153, -0.02925925, 0.04245237, -0.13686472, -0.00398977, -0.08850001,
        -0.05214576, -0.01309252, -0.08365077,
      ],
    ],
    [
      'relu',
      [
        -0.09680556, 0.01628117, -0.02437273, -0.06964557, -0.01589532, -0.20585938, 0.0539646, -0.03353898, 0.03907825,
        -0.21492375, -0.1428252, 0.12076258, -0.04060268, -0.04709245, -0.11209616, -0.09112762, -0.0881512, -0.0866423,
        0.02657946, -0.17079784,
      ],
    ],
    [
      'silu',
      [
        -0.00541068, 0.04259834, -0.03041521, -0.03699428, -0.06581342, -0.09279716, 0.08335428, -0.00924438,
        0.00964625, -0.0816195, 0.00982758, 0.0304808, -0.0540558, 0.04316597, -0.11004009, -0.0013363, -0.0835169,
        -0.07293072, 0.00221458, -0.07583861,
      ],
    ],
  ] as const)('gives the reference logits with %s', (activation, expected) => {
    model.dispose();
    build(activation);
    const logits = model.predict(images) as tf.Tensor;
    expectTensorClose(logits, [...expected], { absolute: 1e-5, relative: 0 });
    logits.dispose();
  });

  it('gives the reference pooled features', () => {
    const pooled = tf.tidy(() => {
      const features = tf.model({ inputs: model.inputs, outputs: model.getLayer('pool').output });
      return (features.predict(images) as tf.Tensor).dataSync().slice(0, 96);
    });
    expectTensorClose(pooled.slice(0, 4), [-0.11770014, -0.02075481, -0.05540369, 0.01516192]);
  });
});
