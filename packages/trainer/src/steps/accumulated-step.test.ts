import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { accumulatedStep, plainStep, type TrainingStep } from '../index.js';

const SIZE = 28 * 28;

/** Gradients by weight, and the weights after a clipped step, of one step on a batch of 1024. */
async function stepOf1024(step: TrainingStep) {
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  // The skip gains are zero at first, and then nothing inside of the branches has a gradient.
  for (const layer of model.layers) {
    if (layer.name.endsWith('skip_gain')) tf.tidy(() => layer.setWeights([tf.scalar(0.7)]));
  }
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = withTransforms(sgd({ learningRate: 0.1 }), adaptiveGradClip({ exclude: ['linear/kernel'] }));
  let gradients: Float32Array[] = [];
  const apply = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (named) => {
    gradients = (named as { tensor: tf.Tensor }[]).map(({ tensor }) => tensor.dataSync<'float32'>().slice());
    apply(named);
  };
  const images = tf.tensor4d(goldenValues('images', 1024 * SIZE), [1024, 28, 28, 1]);
  const labels = tf.tensor1d(
    Int32Array.from({ length: 1024 }, (_, i) => (i * 7) % 10),
    'int32',
  );
  const loss = step({ model, optimizer, variables }, { images, labels }, { seed: 1, labelSmoothing: 0.1 });
  const [value] = await loss.data();
  const weights = variables.map((variable) => variable.dataSync<'float32'>().slice());
  tf.dispose([images, labels, loss]);
  optimizer.dispose();
  model.dispose();
  return { loss: value!, gradients, weights };
}

const { engine } = await useBackend('auto');

it(`makes of 16 x 64 samples the step of 1024, on ${engine}`, { timeout: 120_000 }, async () => {
  const whole = await stepOf1024(plainStep);
  const parts = await stepOf1024(accumulatedStep({ microBatches: 16 }));
  expect(Math.abs(parts.loss - whole.loss) / whole.loss).toBeLessThan(1e-5);
  for (const [i, gradient] of whole.gradients.entries()) {
    expect(relativeError(parts.gradients[i]!, gradient), `gradient ${i}`).toBeLessThan(1e-5);
    expect(relativeError(parts.weights[i]!, whole.weights[i]!), `weight ${i}`).toBeLessThan(1e-5);
  }
});
