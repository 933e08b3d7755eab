import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { atResolution, createModel } from '../index.js';
import type { ModelName } from '../presets/presets.js';

const options = { numClasses: 3, seed: 4 };

describe('atResolution', () => {
  it('is the network that is built at the other size, with the same weights', () => {
    const model = createModel('nfnet_digits', options);
    const other = createModel('nfnet_digits', { ...options, seed: 5, inputShape: [41, 35, 1] });
    const resized = atResolution(model, [41, 35]);
    expect(resized.inputs[0]!.shape).toEqual([null, 41, 35, 1]);
    tf.tidy(() => {
      other.setWeights(model.getWeights());
      const images = tf.randomNormal([2, 41, 35, 1], 0, 1, 'float32', 1);
      expectTensorClose(resized.predict(images) as tf.Tensor, other.predict(images) as tf.Tensor);
    });
    for (const each of [model, other, resized]) each.dispose();
  });

  it('sees what is trained at the first size', () => {
    const model = createModel('nfnet_digits', options);
    const resized = atResolution(model, 40);
    expect(resized.trainableWeights.map(({ id }) => id)).toEqual(model.trainableWeights.map(({ id }) => id));
    tf.tidy(() => {
      const images = tf.ones([1, 40, 40, 1]);
      const before = resized.predict(images) as tf.Tensor;
      const bias = model.getLayer('linear').weights[1]!;
      bias.write(tf.add(bias.read(), tf.tensor1d([1, 2, 3])));
      const after = resized.predict(images) as tf.Tensor;
      expectTensorClose(tf.sub(after, before), tf.tensor2d([[1, 2, 3]]));
    });
    resized.dispose();
    model.dispose();
  });

  it.each<ModelName>(['nf_resnet26', 'nf_regnet_b0', 'resnet50', 'efficientnet_b0'])('takes %s', (name) => {
    const model = createModel(name, { ...options, inputShape: [64, 64, 3] });
    const resized = atResolution(model, 96);
    expect(resized.outputShape).toEqual([null, 3]);
    expect(resized.layers.map(({ name }) => name).slice(1)).toEqual(model.layers.map(({ name }) => name).slice(1));
    model.dispose();
    resized.dispose();
  });

  it('refuses what is no size, and models that are tied to theirs', () => {
    const model = createModel('nfnet_digits', options);
    expect(() => atResolution(model, 0)).toThrow(
      'atResolution: `size` must be a whole number of pixels from 1, or [height, width], got 0.',
    );
    expect(() => atResolution(model, [32, 1.5])).toThrow('got [32,1.5].');
    model.dispose();
    const images = tf.input({ shape: [4, 4, 1] });
    const flattened = tf.layers.flatten().apply(images) as tf.SymbolicTensor;
    const outputs = tf.layers.dense({ units: 2 }).apply(flattened) as tf.SymbolicTensor;
    const flat = tf.model({ inputs: images, outputs });
    expect(() => atResolution(flat, 8)).toThrow('atResolution: `model` cannot take images of 8 x 8:');
    flat.dispose();
    const vectors = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    expect(() => atResolution(vectors, 8)).toThrow('must take images [batch, height, width, channels], got [[null,3]]');
    vectors.dispose();
  });
});
