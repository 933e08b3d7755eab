import * as tf from '@tensorflow/tfjs';

/** A plain convolutional net for 28 x 28 grey images, in the shape of the one that TensorFlow.js's example trains on MNIST. */
export function convnet(): tf.LayersModel {
  const conv = (name: string, filters: number) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, activation: 'relu' });
  const pool = (name: string) => tf.layers.maxPooling2d({ name, poolSize: 2, strides: 2 });
  return tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [28, 28, 1] }),
      conv('conv0', 16),
      pool('pool0'),
      conv('conv1', 32),
      pool('pool1'),
      conv('conv2', 32),
      tf.layers.flatten({ name: 'flatten' }),
      tf.layers.dense({ name: 'dense', units: 64, activation: 'relu' }),
      tf.layers.dense({ name: 'linear', units: 10 }),
    ],
  });
}
