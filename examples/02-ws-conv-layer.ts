// A scaled weight-standardized convolution in place of tf.layers.conv2d and batch normalization.
import { foldScaledWSConv, groupedConv2d, type ScaledWSConv2D, scaledWSConv2d } from '@nfnets/ws-conv';
import * as tf from '@tensorflow/tfjs';

tf.enableProdMode();

const model = tf.sequential({
  layers: [
    scaledWSConv2d({ name: 'first', inputShape: [16, 16, 3], filters: 16, kernelSize: 3, strides: 2, seed: 1 }),
    tf.layers.activation({ activation: 'relu' }),
    // Four groups: every output channel sees a quarter of the input's, at a quarter of the work.
    scaledWSConv2d({ name: 'grouped', filters: 32, kernelSize: 3, groups: 4, seed: 2 }),
    tf.layers.globalAveragePooling2d({}),
    tf.layers.dense({ units: 2, activation: 'softmax' }),
  ],
});
model.summary();

// Whatever the raw weights are, each output channel of the kernel has mean 0 and squared sum 1.
const layer = model.getLayer('grouped') as ScaledWSConv2D;
tf.tidy(() => {
  const kernel = layer.standardizedKernel();
  const largestMean = tf.max(tf.abs(tf.mean(kernel, [0, 1, 2]))).dataSync()[0]!;
  const squaredSums = tf.sum(tf.square(kernel), [0, 1, 2]).dataSync();
  console.log(
    `largest mean ${largestMean.toExponential(1)}, squared sums ${squaredSums[0]!.toFixed(4)} ... ${squaredSums.at(-1)!.toFixed(4)}`,
  );
});

// It trains like any layer.
const images = tf.randomNormal([32, 16, 16, 3], 0, 1, 'float32', 3);
const labels = tf.oneHot(tf.cast(tf.greater(tf.mean(images, [1, 2, 3]), 0), 'int32'), 2);
model.compile({ optimizer: tf.train.momentum(0.05, 0.9, true), loss: 'categoricalCrossentropy' });
const { history } = await model.fit(images, labels, { epochs: 8, batchSize: 32, verbose: 0 });
console.log('loss', (history['loss'] as number[]).map((loss) => loss.toFixed(3)).join(' '));

// For inference the standardization folds away.
tf.tidy(() => {
  const { kernel, bias, ...geometry } = foldScaledWSConv(layer);
  const x = tf.randomNormal<tf.Rank.R4>([1, 8, 8, 16], 0, 1, 'float32', 4);
  const folded = tf.add(groupedConv2d(x, kernel, geometry), bias);
  const gap = tf.max(tf.abs(tf.sub(folded, layer.apply(x) as tf.Tensor))).dataSync()[0]!;
  console.log(`folded and unfolded differ by ${gap.toExponential(1)}`);
  if (!(gap < 1e-4)) throw new Error('The folded convolution differs from the layer.');
});
