// Adaptive gradient clipping in a plain tf.sequential model: one line changes, and no other package of ours is needed.
import { agc } from '@nfnets/agc';
import * as tf from '@tensorflow/tfjs';

tf.enableProdMode();

/** Images of one bright quarter each; the label is which quarter. */
function brightQuarters(count: number) {
  return tf.tidy(() => {
    const labels = tf.tensor1d(
      Array.from({ length: count }, (_, i) => i % 4),
      'int32',
    );
    const quarters = tf.reshape(tf.oneHot(labels, 4), [count, 2, 2, 1]) as tf.Tensor4D;
    const bright = tf.image.resizeNearestNeighbor(quarters, [8, 8]);
    const noise = tf.randomUniform([count, 8, 8, 1], 0, 0.5, 'float32', 1);
    return { images: tf.add(bright, noise), labels: tf.oneHot(labels, 4) };
  });
}

function convnet() {
  const seeded = (seed: number) => tf.initializers.heNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 8,
        kernelSize: 3,
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', kernelInitializer: seeded(2) }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'head', units: 4, activation: 'softmax', kernelInitializer: seeded(3) }),
    ],
  });
}

async function lossesWith(optimizer: tf.Optimizer) {
  const model = convnet();
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const { images, labels } = brightQuarters(64);
  const { history } = await model.fit(images, labels, { epochs: 12, batchSize: 64, shuffle: false, verbose: 0 });
  return history['loss'] as number[];
}

// A learning rate that is too high for plain momentum ...
const plain = await lossesWith(tf.train.momentum(2, 0.9, true));
// ... is one that clipping survives. The classifier is left alone, as in the paper.
const clipped = await lossesWith(agc(tf.train.momentum(2, 0.9, true), { clipFactor: 0.04, exclude: ['head'] }));

const format = (loss: number) => (Number.isFinite(loss) ? loss.toFixed(3) : String(loss)).padStart(9);
console.log('epoch    plain      with AGC');
for (const [epoch, loss] of plain.entries())
  console.log(`${String(epoch).padStart(5)} ${format(loss)} ${format(clipped[epoch]!)}`);

if (!(clipped.at(-1)! < clipped[0]!)) throw new Error('The clipped run did not learn.');
