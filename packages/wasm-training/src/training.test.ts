import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import './index.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

/** Gives every weight of `model` a fixed value, so that both backends start from the same. */
function setWeights(model: tf.LayersModel): void {
  const values = model.getWeights().map(({ shape }, i) => {
    const size = tf.util.sizeFromShape(shape);
    // Variances and scales must be positive.
    const scale = shape.length === 1 ? 0.3 : 1 / Math.sqrt(size / shape.at(-1)!);
    const offset = shape.length === 1 ? 0.5 : 0;
    return tf.tensor(
      goldenValues(`weight ${i}`, size).map((value) => offset + scale * value),
      shape,
    );
  });
  model.setWeights(values);
  tf.dispose(values);
}

/** Losses of `steps` Adam steps of the model of `make` on `backendName`. */
async function lossesOn(
  backendName: string,
  make: () => tf.LayersModel,
  inputs: () => tf.Tensor,
  steps: number,
): Promise<number[]> {
  await tf.setBackend(backendName);
  const numDataIds = () => (tf.backend() as tf.KernelBackend & { numDataIds(): number }).numDataIds();
  const before = numDataIds();
  const model = make();
  setWeights(model);
  const optimizer = tf.train.adam(0.01);
  const x = inputs();
  const labels = tf.tensor2d(
    [...Array(x.shape[0]).keys()].map((i) => [0, 1, 2].map((label) => Number(i % 3 === label))),
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = optimizer.minimize(
      () =>
        tf.mean(tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar,
      true,
    )!;
    losses.push(loss.dataSync()[0]!);
    tf.dispose(loss);
  }
  optimizer.dispose();
  model.dispose();
  tf.dispose([x, labels]);
  expect(numDataIds(), `tensors left on ${backendName}`).toBe(before);
  return losses;
}

async function expectSameLosses(make: () => tf.LayersModel, inputs: () => tf.Tensor, steps = 5): Promise<void> {
  const expected = await lossesOn('cpu', make, inputs, steps);
  const actual = await lossesOn('wasm', make, inputs, steps);
  expect(expected.every(Number.isFinite)).toBe(true);
  for (const [step, loss] of expected.entries()) {
    expect(Math.abs(actual[step]! - loss), `loss of step ${step}`).toBeLessThan(1e-4 * Math.max(1, Math.abs(loss)));
  }
}

describe('training on wasm', () => {
  it('gives a small convolutional net the losses of the cpu backend', async () => {
    await expectSameLosses(
      () =>
        tf.sequential({
          layers: [
            tf.layers.conv2d({
              inputShape: [12, 12, 3],
              filters: 8,
              kernelSize: 3,
              activation: 'relu',
              padding: 'same',
            }),
            tf.layers.maxPooling2d({ poolSize: 2 }),
            tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'elu' }),
            tf.layers.batchNormalization(),
            tf.layers.conv2d({ filters: 12, kernelSize: 3, strides: 2, activation: 'sigmoid' }),
            tf.layers.averagePooling2d({ poolSize: 2 }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 10, activation: 'tanh' }),
            tf.layers.dropout({ rate: 0 }),
            tf.layers.dense({ units: 3 }),
          ],
        }),
      () => tf.tensor(goldenValues('images', 6 * 12 * 12 * 3), [6, 12, 12, 3]),
    );
  });

  it('trains an embedding', async () => {
    await expectSameLosses(
      () =>
        tf.sequential({
          layers: [
            tf.layers.embedding({ inputDim: 7, outputDim: 5, inputLength: 4 }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 3 }),
          ],
        }),
      () => tf.tensor([0, 1, 2, 3, 4, 5, 6, 0, 1, 1, 1, 2], [3, 4]),
    );
  });

  it('drops as many activations as asked', async () => {
    await tf.setBackend('wasm');
    const kept = tf.tidy(() => tf.mean(tf.greater(tf.dropout(tf.ones([10_000]), 0.3), 0)).dataSync()[0]!);
    // Ten standard deviations of the mean of 10 000 draws.
    expect(Math.abs(kept - 0.7)).toBeLessThan(0.046);
  });

  it('keeps memory flat over a thousand steps', async () => {
    await tf.setBackend('wasm');
    const { wasm } = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
    const filter = tf.tidy(() => tf.variable(tf.tensor4d(goldenValues('filter', 9 * 16 * 16), [3, 3, 16, 16])));
    const optimizer = tf.train.sgd(1e-3);
    const step = () =>
      tf.tidy(() => {
        const x = tf.tensor4d(goldenValues('x', 2 * 6 * 6 * 16), [2, 6, 6, 16]);
        // A new filter each step, as weight standardization makes it.
        optimizer.minimize(() => tf.mean(tf.square(tf.conv2d(x, tf.sub(filter, tf.mean(filter)), 1, 'same'))));
      });
    for (let i = 0; i < 20; i++) step();
    const before = { bytes: wasm.asm.memory.buffer.byteLength, tensors: tf.memory().numTensors };
    for (let i = 0; i < 1000; i++) step();
    expect({ bytes: wasm.asm.memory.buffer.byteLength, tensors: tf.memory().numTensors }).toEqual(before);
    optimizer.dispose();
    filter.dispose();
  });
});

describe('the gradients of every kind of layer on wasm', () => {
  const image = [6, 7, 4];
  const sequence = [5, 4];
  const layers: [string, number[], () => tf.layers.Layer][] = [
    ['conv1d', sequence, () => tf.layers.conv1d({ filters: 3, kernelSize: 2 })],
    ['conv2d', image, () => tf.layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' })],
    ['conv2dTranspose', image, () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2 })],
    ['conv3d', [4, 5, 4, 2], () => tf.layers.conv3d({ filters: 3, kernelSize: 2 })],
    ['separableConv2d', image, () => tf.layers.separableConv2d({ filters: 3, kernelSize: 3, depthMultiplier: 2 })],
    ['depthwiseConv2d', image, () => tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
    ['cropping2D', image, () => tf.layers.cropping2D({ cropping: 1 })],
    ['zeroPadding2d', image, () => tf.layers.zeroPadding2d({ padding: 1 })],
    ['averagePooling1d', sequence, () => tf.layers.averagePooling1d({ poolSize: 2 })],
    // With padding tfjs's cpu backend is wrong: pool-kernels.test.ts.
    ['averagePooling2d', image, () => tf.layers.averagePooling2d({ poolSize: 2 })],
    ['averagePooling3d', [4, 4, 4, 2], () => tf.layers.averagePooling3d({ poolSize: 2 })],
    ['globalAveragePooling1d', sequence, () => tf.layers.globalAveragePooling1d({})],
    ['globalAveragePooling2d', image, () => tf.layers.globalAveragePooling2d({})],
    ['globalMaxPooling1d', sequence, () => tf.layers.globalMaxPooling1d({})],
    ['globalMaxPooling2d', image, () => tf.layers.globalMaxPooling2d({})],
    ['maxPooling1d', sequence, () => tf.layers.maxPooling1d({ poolSize: 2 })],
    ['maxPooling2d', image, () => tf.layers.maxPooling2d({ poolSize: 3, strides: 2 })],
    ['maxPooling3d', [4, 4, 4, 2], () => tf.layers.maxPooling3d({ poolSize: 2 })],
    ['batchNormalization', image, () => tf.layers.batchNormalization({})],
    ['layerNormalization', image, () => tf.layers.layerNormalization({})],
    ['dense', sequence, () => tf.layers.dense({ units: 3, activation: 'softmax' })],
    ['elu', image, () => tf.layers.elu()],
    ['leakyReLU', image, () => tf.layers.leakyReLU()],
    ['prelu', image, () => tf.layers.prelu()],
    ['reLU', image, () => tf.layers.reLU()],
    ['softmax', sequence, () => tf.layers.softmax({ axis: -1 })],
    ['permute', image, () => tf.layers.permute({ dims: [3, 1, 2] })],
    ['reshape', image, () => tf.layers.reshape({ targetShape: [-1, 4] })],
    ['repeatVector', [4], () => tf.layers.repeatVector({ n: 3 })],
    ['simpleRNN', sequence, () => tf.layers.simpleRNN({ units: 3 })],
    ['gru', sequence, () => tf.layers.gru({ units: 3 })],
    ['lstm', sequence, () => tf.layers.lstm({ units: 3, returnSequences: true })],
    [
      'convLstm2d',
      [3, 5, 5, 2],
      () => tf.layers.convLstm2d({ filters: 3, kernelSize: 3 }) as unknown as tf.layers.Layer,
    ],
    [
      'bidirectional',
      sequence,
      () => tf.layers.bidirectional({ layer: tf.layers.gru({ units: 3 }) as tf.RNN, mergeMode: 'sum' }),
    ],
    ['timeDistributed', sequence, () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3 }) })],
    ...(['selu', 'softplus', 'softsign', 'swish', 'mish', 'gelu', 'hardSigmoid'] as const).map(
      (activation): [string, number[], () => tf.layers.Layer] => [
        activation,
        image,
        () => tf.layers.activation({ activation: activation as 'selu' }),
      ],
    ),
  ];

  it.each(layers)('%s', async (_, shape, make) => {
    const gradientsOn = async (backendName: string) => {
      await tf.setBackend(backendName);
      const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: shape }), make()] });
      setWeights(model);
      const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const values = tf.tidy(() => {
        const x = tf.tensor(goldenValues('x', 2 * tf.util.sizeFromShape(shape)), [2, ...shape]);
        const loss = (x: tf.Tensor) => {
          const y = model.apply(x, { training: true }) as tf.Tensor;
          return tf.sum(tf.mul(y, tf.reshape(tf.linspace(-1, 1, y.size), y.shape))) as tf.Scalar;
        };
        const { grads } =
          variables.length > 0 ? tf.variableGrads(() => loss(x), variables) : { grads: {} as tf.NamedTensorMap };
        return [tf.grad(loss)(x), ...Object.values(grads)].map((gradient) => gradient.dataSync());
      });
      model.dispose();
      return values;
    };
    const expected = await gradientsOn('cpu');
    const actual = await gradientsOn('wasm');
    expect(actual).toHaveLength(expected.length);
    for (const [i, gradient] of actual.entries()) expect(relativeError(gradient, expected[i]!)).toBeLessThan(1e-4);
  });

  // By hand, because the cpu backend reads the first image's gradient for every image.
  it('upSampling2d', async () => {
    await tf.setBackend('wasm');
    const gradient = tf.tidy(() => {
      const layer = tf.layers.upSampling2d({ size: [2, 2] });
      const weights = tf.reshape(tf.range(0, 8), [2, 2, 2, 1]);
      return tf
        .grad((x) => tf.sum(tf.mul(layer.apply(x) as tf.Tensor, weights)))(tf.zeros([2, 1, 1, 1]))
        .dataSync();
    });
    // 0 + 1 + 2 + 3 and 4 + 5 + 6 + 7
    expect([...gradient]).toEqual([6, 22]);
  });
});
