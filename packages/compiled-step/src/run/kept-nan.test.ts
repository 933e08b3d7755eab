import { withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { describeEngines } from '../__fixtures__/describe-engines.js';
import { compileStep } from '../index.js';

const activations = {
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softplus: tf.softplus,
  swish: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x),
  clip: (x: tf.Tensor) => tf.clipByValue(x, -1, 1),
};
type Activation = keyof typeof activations;

class Activated extends tf.layers.Layer {
  static readonly className = 'Activated';

  constructor(private readonly activation: Activation) {
    super({});
  }

  override call(inputs: tf.Tensor[]): tf.Tensor {
    return activations[this.activation](inputs[0]!);
  }
}

const head = () => [tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 3 })];
const inputShape = [8, 8, 3];

/** Layers whose ops engines fuse, twice: of one alone less is fused. */
const nets: Record<string, (act: () => tf.layers.Layer) => tf.layers.Layer[]> = {
  'conv + bias': (act) => [
    tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', inputShape }),
    act(),
    tf.layers.conv2d({ filters: 8, kernelSize: 1 }),
    act(),
    ...head(),
  ],
  'conv without bias': (act) => [
    tf.layers.conv2d({ filters: 8, kernelSize: 3, useBias: false, inputShape }),
    act(),
    tf.layers.conv2d({ filters: 8, kernelSize: 3, useBias: false }),
    act(),
    ...head(),
  ],
  'conv + batch normalization': (act) => [
    tf.layers.conv2d({ filters: 8, kernelSize: 3, inputShape }),
    tf.layers.batchNormalization(),
    act(),
    tf.layers.conv2d({ filters: 8, kernelSize: 3 }),
    tf.layers.batchNormalization(),
    act(),
    ...head(),
  ],
  depthwise: (act) => [
    tf.layers.depthwiseConv2d({ kernelSize: 3, inputShape }),
    act(),
    tf.layers.depthwiseConv2d({ kernelSize: 3 }),
    act(),
    ...head(),
  ],
  'conv + average pooling': (act) => [
    tf.layers.conv2d({ filters: 8, kernelSize: 3, inputShape }),
    act(),
    tf.layers.averagePooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 8, kernelSize: 3 }),
    act(),
    ...head(),
  ],
  dense: (act) => [
    tf.layers.flatten({ inputShape }),
    tf.layers.dense({ units: 256 }),
    act(),
    tf.layers.dense({ units: 256 }),
    act(),
    tf.layers.dense({ units: 3 }),
  ],
};

/** A NaN as it is written, and one as arithmetic makes it: with the sign set. */
const NANS = { 'as written': 0x7fc00000, 'of arithmetic': 0xffc00000 };

describeEngines('a compiled step keeps NaN', (engine) => {
  describe.each(Object.entries(nets))('in %s', (_, makeNet) => {
    it.each(Object.keys(activations) as Activation[])(
      'and %s, of a weight, a bias or an image',
      withVariables(async (activation: Activation) => {
        const model = tf.sequential({ layers: makeNet(() => new Activated(activation)) });
        const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
        const program = await compileStep({
          step: (x: tf.Tensor) => {
            const loss = () => tf.mean(tf.square(model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar;
            const { value, grads } = tf.variableGrads(loss, variables);
            return { value, grads };
          },
        });
        const x = tf.randomNormal([4, ...inputShape], 0, 1, 'float32', 3);
        const lossOf = (x: tf.Tensor) => tf.tidy(() => program.step(x).value.dataSync()[0]!);
        const sound = lossOf(x);
        expect(Number.isFinite(sound)).toBe(true);
        for (const bits of Object.values(NANS)) {
          const broken = (tensor: tf.Tensor) => {
            const values = tensor.dataSync<'float32'>().slice();
            new Uint32Array(values.buffer)[1] = bits;
            return tf.tensor(values, tensor.shape);
          };
          for (const variable of variables.slice(0, 2)) {
            const kept = tf.clone(variable);
            tf.tidy(() => variable.assign(broken(variable)));
            expect(lossOf(x), variable.name).toBeNaN();
            variable.assign(kept);
            kept.dispose();
          }
          const image = broken(x);
          expect(lossOf(image), 'image').toBeNaN();
          image.dispose();
        }
        expect(lossOf(x)).toBe(sound);
        program.dispose();
        model.dispose();
        x.dispose();
      }),
    );
  });

  // TensorFlow would pool first, which makes the least number of windows of NaN, and of that an activation makes 0 or so.
  it.each(['relu', 'elu', 'selu', 'sigmoid', 'tanh', 'softplus', 'leakyRelu', 'relu6'] as const)(
    'as op by op where it is pooled after %s, in layers that are not trained',
    withVariables(async (activation: Activation) => {
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', inputShape }),
          new Activated(activation),
          tf.layers.maxPooling2d({ poolSize: 2 }),
        ],
      });
      const step = (x: tf.Tensor) => model.apply(x) as tf.Tensor;
      const program = await compileStep({ step });
      const values = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i));
      values[100] = Number.NaN;
      const x = tf.tensor(values, [1, ...inputShape]);
      const [compiled, eager] = tf.tidy(() => [program.step(x), step(x)].map((y) => [...y.dataSync()]));
      if (engine === 'native') expect(Math.min(...eager!)).toBeLessThan(-1e38);
      else expect(eager!.some(Number.isNaN)).toBe(true);
      for (const [i, value] of eager!.entries()) {
        if (Number.isNaN(value)) expect(compiled![i]).toBeNaN();
        else expect(compiled![i]).toBeCloseTo(value, 5);
      }
      program.dispose();
      model.dispose();
      x.dispose();
    }),
  );
});
