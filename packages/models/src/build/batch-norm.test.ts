import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { batchNorm } from './batch-norm.js';
import { normalizeBatch } from './normalize-batch.js';

const golden = (name: string, shape: number[]) => tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape);

/** Output, gradients and moving averages of a layer in training, of a batch that is far from zero. */
function train(make: (args: { epsilon: number; momentum: number }) => tf.layers.Layer) {
  const layer = make({ epsilon: 1e-3, momentum: 0.9 });
  const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3, 2, 4] }), layer] });
  const values = tf.tidy(() => {
    const x = tf.add(tf.mul(golden('x', [5, 3, 2, 4]), [1, 2, 0.5, 3]), [0, 10, -2, 1]);
    layer.setWeights([golden('gamma', [4]), golden('beta', [4]), golden('mean', [4]), tf.abs(golden('variance', [4]))]);
    const weights = golden('weights', [5, 3, 2, 4]);
    const loss = (each: tf.Tensor) =>
      tf.sum(tf.mul(weights, tf.square(model.apply(each, { training: true }) as tf.Tensor))).asScalar();
    const byInput = tf.grad(loss)(x);
    layer.setWeights([golden('gamma', [4]), golden('beta', [4]), golden('mean', [4]), tf.abs(golden('variance', [4]))]);
    const { grads } = tf.variableGrads(() => loss(x));
    const moving = layer.getWeights().slice(2);
    const inference = model.apply(x, { training: false }) as tf.Tensor;
    return [byInput, ...Object.values(grads), ...moving, inference].map((each) => [...each.dataSync()]);
  });
  model.dispose();
  return values;
}

it('gives the numbers of the batch normalization of tfjs', () => {
  const [ours, theirs] = [train(batchNorm), train((args) => tf.layers.batchNormalization(args))];
  // By the input, by gamma, by beta; two moving averages; the output of inference.
  expect(ours.map(({ length }) => length)).toEqual([120, 4, 4, 4, 4, 120]);
  for (const [i, values] of ours.entries()) expectTensorClose(values, theirs[i]!, { relative: 1e-5, absolute: 2e-5 });
});

it('has mean beta and deviation gamma', () => {
  tf.tidy(() => {
    // Mean 3, variance ((1 - 3)² + (5 - 3)²) / 2 = 4.
    const x = tf.tensor4d([1, 5], [2, 1, 1, 1]);
    const { value, mean, variance } = normalizeBatch(x, tf.tensor1d([2]), tf.tensor1d([10]), 0);
    expect([...mean.dataSync(), ...variance.dataSync()]).toEqual([3, 4]);
    expectTensorClose(value, [8, 12]);
  });
});

it('is saved as the layer of tfjs, which loads it', () => {
  const layer = batchNorm({ name: 'bn', epsilon: 1e-5, momentum: 0.9 });
  const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3, 2, 4] }), layer] });
  expect(layer.getClassName()).toBe('BatchNormalization');
  const config = JSON.parse(JSON.stringify(layer.getConfig())) as { epsilon: number };
  const copy = tf.layers.batchNormalization(config);
  expect(copy.getConfig()).toEqual(layer.getConfig());
  model.dispose();
});
