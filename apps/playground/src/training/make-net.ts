import { createModel } from '@nfnets/models';
import * as tf from '@tensorflow/tfjs';
import type { NetName } from '../settings/index.js';

type ImageShape = readonly [height: number, width: number, channels: number];

const CLASSES = 10;

/** A net for images of this shape, whose weights are a function of `seed`. */
export function makeNet(name: NetName, imageShape: ImageShape, seed: number): tf.LayersModel {
  if (name === 'convnet') return convnet(imageShape, seed);
  return createModel(name, { numClasses: CLASSES, inputShape: imageShape, seed });
}

/** Convolutions and nothing else: no residual branch, no normalization of activations or weights. */
function convnet(inputShape: ImageShape, seed: number): tf.LayersModel {
  let count = 0;
  const kernelInitializer = () => tf.initializers.heNormal({ seed: 100 * seed + ++count });
  const conv = (name: string, filters: number) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, activation: 'relu', kernelInitializer: kernelInitializer() });
  const pool = (name: string) => tf.layers.maxPooling2d({ name, poolSize: 2, strides: 2 });
  return tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [...inputShape] }),
      conv('conv0', 16),
      pool('pool0'),
      conv('conv1', 32),
      pool('pool1'),
      conv('conv2', 32),
      tf.layers.flatten({ name: 'flatten' }),
      tf.layers.dense({ name: 'dense', units: 64, activation: 'relu', kernelInitializer: kernelInitializer() }),
      tf.layers.dense({ name: 'linear', units: CLASSES, kernelInitializer: kernelInitializer() }),
    ],
  });
}
