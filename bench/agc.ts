import { adaptiveGradClip, type GradientTransform, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { createModel } from '@nfnets/models';
import { sgd, softmaxCrossEntropy } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { measureInTurn, report } from './measure.js';

/** A training step of `nfnet_digits` on wasm, one thread, with and without adaptive gradient clipping, in turn. */
export default async function benchmarkClipping(): Promise<void> {
  tf.enableProdMode();
  await useBackend('wasm');
  const rows = [64, 256, 1024].map((batch) => {
    const images = tf.randomNormal([batch, 28, 28, 1], 0, 1, 'float32', 1);
    const labels = tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % 10),
      'int32',
    );
    const [plain, clipped] = measureInTurn(
      [stepOf(images, labels, []), stepOf(images, labels, [adaptiveGradClip({ exclude: ['linear/kernel'] })])],
      21,
    ) as [number, number];
    tf.dispose([images, labels]);
    return {
      batch,
      'ms without': Number(plain.toFixed(1)),
      'ms with': Number(clipped.toFixed(1)),
      'share of clipping, %': Number((100 * (1 - plain / clipped)).toFixed(1)),
    };
  });
  report('agc', 'Adaptive clipping in a training step of nfnet_digits, wasm, one thread', rows);
}

function stepOf(images: tf.Tensor, labels: tf.Tensor, transforms: GradientTransform[]): () => void {
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = withTransforms(sgd({ learningRate: 0.01 }), ...transforms);
  const loss = () => softmaxCrossEntropy(model.apply(images, { training: true, seed: 1 }) as tf.Tensor, labels);
  return () => {
    const value = optimizer.minimize(loss, true, variables)!;
    value.dataSync();
    value.dispose();
  };
}
