import { adaptiveGradClip, addDecayedWeights, clipStats, withTransforms } from '@nfnets/agc';
import { type Engine, useBackend } from '@nfnets/backends';
import { expectTensorClose, goldenValues, NEEDS_GPU, relativeError, useSoftwareGpu } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

/** What `compute` gives. Not read synchronously: not every backend can. */
async function numbersOf(compute: () => tf.Tensor): Promise<Float32Array> {
  const result = tf.tidy(compute);
  const numbers = await result.data<'float32'>();
  result.dispose();
  return numbers;
}

const X = goldenValues('input', 2 * 32 * 32 * 3).map((u) => Math.sqrt(3) * u);

/** The engines to test, of those that are there; all, unless `tests/runtimes` names them. */
const CHOSEN = process.env['NFNETS_ENGINES']?.split(',') ?? ['cpu', 'wasm', 'native', 'webgpu'];
const isMissing = (engine: Engine) =>
  !CHOSEN.includes(engine) ||
  useBackend(engine).then(
    () => false,
    () => true,
  );
useSoftwareGpu();

const engines = [
  ['cpu', await isMissing('cpu')],
  ['wasm', await isMissing('wasm')],
  ['native (needs TensorFlow: npx nfnets-native)', await isMissing('native')],
  [`webgpu (${NEEDS_GPU})`, await isMissing('webgpu')],
] as const;
await useBackend('cpu');

function goldenModel(activation: NFNetSpec['activation']): tf.LayersModel {
  const model = createModel({ ...T0, activation }, { numClasses: 10 });
  const weights = model.weights.map(({ originalName, shape }) => goldenWeight(originalName, shape as number[]));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** Gradients of every weight, by name, for an image whose maps are 9, 5, 3 and 2 pixels wide: odd edges in every pooling. */
async function gradientsAtOddSizes(): Promise<Map<string, Float32Array>> {
  const model = goldenModel('gelu');
  const image = tf.tensor4d(goldenValues('odd image', 36 * 36 * 3), [1, 36, 36, 3]);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(
    () => tf.neg(tf.sum(tf.slice(tf.logSoftmax(model.apply(image) as tf.Tensor2D), [0, 3], [1, 1]))) as tf.Scalar,
    variables,
  );
  const gradients = new Map<string, Float32Array>();
  for (const [i, { originalName }] of model.trainableWeights.entries()) {
    gradients.set(originalName, await grads[variables[i]!.name]!.data<'float32'>());
  }
  tf.dispose([image, value, grads]);
  model.dispose();
  return gradients;
}
const oddGradientsOfCpu = await gradientsAtOddSizes();

for (const [name, isMissing] of engines) {
  // An adapter in software takes its time.
  describe.skipIf(isMissing)(`on ${name}`, { timeout: 180_000 }, () => {
    beforeAll(async () => {
      await useBackend(name.split(' ')[0] as Engine);
    });
    afterAll(async () => {
      await useBackend('cpu');
    });

    let model: tf.LayersModel;
    let images: tf.Tensor4D;

    beforeEach(() => {
      model = goldenModel('gelu');
      images = tf.tensor4d(X, [2, 32, 32, 3]);
    });
    afterEach(() => {
      model.dispose();
      images.dispose();
    });

    /** The first `count` values of the weight named `name`. */
    async function firstOf(name: string, count: number): Promise<ArrayLike<number>> {
      const weight = model.weights.find(({ originalName }) => originalName === name)!;
      return (await weight.read().data()).slice(0, count);
    }

    describe('the golden network', () => {
      it('starts from the published values', async () => {
        expect(model.countParams()).toBe(65_799);
        expect(model.weights).toHaveLength(114);
        expectTensorClose(X.slice(0, 3), [1.66401627, 1.01279805, 0.44745838], { relative: 1e-6 });
        const close = { relative: 1e-6 };
        expectTensorClose(await firstOf('stem_conv0/kernel', 3), [-0.03458601, -0.05170999, -0.04224428], close);
        expectTensorClose(await firstOf('nf_block_0/skip_gain/gain', 1), [1.07849239], close);
      });

      it.each([
        [
          'gelu',
          [
            -0.03812882, 0.03039627, -0.03154927, -0.03300358, -0.06132087, -0.0902582, 0.0588927, -0.00758428,
            0.01568959, -0.09262293, -0.03560856, 0.03831153, -0.02925925, 0.04245237, -0.13686472, -0.00398977,
            -0.08850001, -0.05214576, -0.01309252, -0.08365077,
          ],
        ],
        [
          'relu',
          [
            -0.09680556, 0.01628117, -0.02437273, -0.06964557, -0.01589532, -0.20585938, 0.0539646, -0.03353898,
            0.03907825, -0.21492375, -0.1428252, 0.12076258, -0.04060268, -0.04709245, -0.11209616, -0.09112762,
            -0.0881512, -0.0866423, 0.02657946, -0.17079784,
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
      ] as const)('gives the reference logits with %s', async (activation, expected) => {
        model.dispose();
        model = goldenModel(activation);
        const logits = await numbersOf(() => model.predict(images) as tf.Tensor);
        expectTensorClose(logits, expected, { absolute: 1e-5, relative: 0 });
      });

      it('gives the reference pooled features', async () => {
        const pooled = await numbersOf(() => {
          const features = tf.model({ inputs: model.inputs, outputs: model.getLayer('pool').output });
          return features.predict(images) as tf.Tensor;
        });
        expectTensorClose(pooled.slice(0, 4), [-0.11770014, -0.02075481, -0.05540369, 0.01516192]);
      });
    });

    describe('a training step of the golden network', () => {
      const labels = [3, 7];
      /** Label smoothing .1 over 10 classes, mean cross-entropy. */
      const loss = () =>
        tf.tidy(() => {
          const targets = tf.add(tf.mul(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 0.9), 0.01);
          const logits = model.apply(images) as tf.Tensor;
          return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1))) as tf.Scalar;
        });
      const variables = () => model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const norm = async (tensors: tf.Tensor[]) =>
        Math.sqrt((await numbersOf(() => tf.addN(tensors.map((t) => tf.sum(tf.square(t))))))[0]!);
      /** Name, parameter and gradient of every weight. */
      const gradientsNow = () => {
        const { value, grads } = tf.variableGrads(loss, variables());
        value.dispose();
        return model.weights.map((weight) => {
          const param = weight.read() as tf.Variable;
          return { name: weight.originalName, param, grad: grads[param.name]! };
        });
      };
      const lossNow = async () => (await numbersOf(loss))[0]!;

      it('has the reference loss and gradient norms', async () => {
        const gradients = gradientsNow();
        const normOf = (name: string) => norm([gradients.find((gradient) => gradient.name === name)!.grad]);
        expectTensorClose([await lossNow()], [2.314649006], { relative: 1e-6, absolute: 0 });
        expectTensorClose([await norm(gradients.map(({ grad }) => grad))], [3.075008089], {
          relative: 1e-5,
          absolute: 0,
        });
        expectTensorClose([await norm(gradients.map(({ param }) => param))], [57.955610463], {
          relative: 1e-6,
          absolute: 0,
        });
        const expected = {
          'stem_conv0/kernel': 1.28604597,
          'nf_block_1/conv1/kernel': 0.23743711,
          'final_conv/bias': 0.30101848,
          'linear/kernel': 0.69941603,
          'linear/bias': 0.56655377,
          'nf_block_0/skip_gain/gain': 0.01247518,
        };
        const norms = await Promise.all(Object.keys(expected).map(normOf));
        expectTensorClose(norms, Object.values(expected), { relative: 1e-5, absolute: 0 });
        tf.dispose(gradients.map(({ grad }) => grad));
      });

      it('has the gradients of the cpu at odd sizes', async () => {
        for (const [name, gradient] of await gradientsAtOddSizes()) {
          expect(relativeError(gradient, oddGradientsOfCpu.get(name)!), name).toBeLessThan(1e-4);
        }
      });

      it('clips as many units as the reference at every clip factor', async () => {
        const gradients = gradientsNow();
        for (const [clipFactor, clippedUnits, normAfter] of [
          [0.01, 809, 0.7331627542],
          [0.02, 732, 0.7868253907],
          [0.04, 637, 0.9089870496],
          [0.08, 511, 1.2338408714],
          [0.16, 290, 1.8210398093],
        ] as const) {
          const options = { clipFactor, exclude: ['linear/kernel'] };
          const stats = await clipStats(gradients, options);
          expect(stats.reduce((sum, { units }) => sum + units, 0)).toBe(1138);
          expect(
            stats.reduce((sum, { clippedUnits }) => sum + clippedUnits, 0),
            `units clipped at ${clipFactor}`,
          ).toBe(clippedUnits);
          const clipped = tf.tidy(() => adaptiveGradClip(options).apply(gradients));
          expectTensorClose([await norm(clipped)], [normAfter], { relative: 1e-5, absolute: 0 });
          // What is excluded comes back as it is.
          tf.dispose(clipped.filter((each) => !gradients.some(({ grad }) => grad === each)));
        }
        tf.dispose(gradients.map(({ grad }) => grad));
      });

      it('takes the two reference steps of clipped Nesterov momentum', async () => {
        const clip = { clipFactor: 0.01, exclude: ['linear/kernel'] };
        const momentum = tf.train.momentum(0.1, 0.9, true);
        const optimizer = withTransforms(momentum, adaptiveGradClip(clip), addDecayedWeights({ weightDecay: 2e-5 }));
        const step = () => optimizer.minimize(loss, false, variables());
        const close = { relative: 1e-5, absolute: 1e-6 };

        step();
        expectTensorClose([await lossNow()], [2.1677375087], { relative: 1e-5, absolute: 0 });
        expectTensorClose(await firstOf('stem_conv0/kernel', 3), [-0.03452088, -0.05184664, -0.04222828], close);
        expectTensorClose(await firstOf('stem_conv3/gain', 3), [0.95574342, 1.07733466, 1.01126851], close);
        expectTensorClose(await firstOf('nf_block_1/conv1/kernel', 3), [-0.06884619, -0.04684757, 0.08789446], close);
        expectTensorClose(await firstOf('nf_block_0/skip_gain/gain', 1), [1.08054153], close);
        expectTensorClose(await firstOf('final_conv/bias', 3), [-0.02973306, -0.01131536, -0.02276285], close);
        expectTensorClose(await firstOf('linear/kernel', 3), [0.09344758, 0.06002066, -0.03951954], close);
        expectTensorClose(await firstOf('linear/bias', 3), [-0.03203117, -0.04101846, 0.02627122], close);

        const gradients = gradientsNow();
        const stats = await clipStats(gradients, clip);
        expect(stats.reduce((sum, { clippedUnits }) => sum + clippedUnits, 0)).toBe(796);
        tf.dispose(gradients.map(({ grad }) => grad));

        step();
        expectTensorClose([await lossNow()], [1.9238422503], { relative: 1e-5, absolute: 0 });
        expectTensorClose(await firstOf('stem_conv0/kernel', 3), [-0.03442861, -0.05199763, -0.04231856], close);
        expectTensorClose(await firstOf('stem_conv3/gain', 3), [0.95612148, 1.07727565, 1.01129948], close);
        expectTensorClose(await firstOf('nf_block_1/conv1/kernel', 3), [-0.06869314, -0.0467131, 0.08768531], close);
        expectTensorClose(await firstOf('nf_block_0/skip_gain/gain', 1), [1.08346814], close);
        expectTensorClose(await firstOf('final_conv/bias', 3), [-0.0297822, -0.01118268, -0.02283978], close);
        expectTensorClose(await firstOf('linear/kernel', 3), [0.09492195, 0.06162281, -0.03801166], close);
        expectTensorClose(await firstOf('linear/bias', 3), [-0.03207088, -0.04106176, 0.02623005], close);

        optimizer.dispose();
        // tf's momentum forgets the scalar that holds its learning rate.
        (momentum as unknown as { c: tf.Scalar }).c.dispose();
      });
    });
  });
}
