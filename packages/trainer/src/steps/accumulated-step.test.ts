import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { goldenValues, relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { accumulatedStep, plainStep, type TrainingStep } from '../index.js';

const SIZE = 28 * 28;

/** Gradients by weight, and the weights after a clipped step, of one step on the samples `from` to `from + size` of 1024. */
async function stepOn(step: TrainingStep, size = 1024, from = 0) {
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
  const pixels = goldenValues('images', 1024 * SIZE).slice(from * SIZE, (from + size) * SIZE);
  const images = tf.tensor4d(pixels, [size, 28, 28, 1]);
  const labels = tf.tensor1d(
    Int32Array.from({ length: size }, (_, i) => ((from + i) * 7) % 10),
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
  const whole = await stepOn(plainStep);
  const accumulated = await stepOn(accumulatedStep({ microBatches: 16 }));
  const parts = [];
  for (let from = 0; from < 1024; from += 64) parts.push(await stepOn(plainStep, 64, from));
  expect(Math.abs(accumulated.loss - whole.loss) / whole.loss).toBeLessThan(1e-5);
  for (const [i, gradient] of accumulated.gradients.entries()) {
    const ofParts = parts.map(({ gradients }) => gradients[i]!);
    const exact = Float64Array.from(gradient, (_, j) => mean(ofParts.map((part) => part[j]!)));
    expect(relativeError(gradient, exact), `gradient ${i} beside the mean of the parts'`).toBeLessThan(1e-6);
    // The step of 1024 adds up its products in single precision, on each processor in another order: its last digits are as large as what
    // is added. The gradient of a skip gain is a single sum of all pixels of a branch, of which next to nothing is left.
    if (gradient.length > 1) {
      const size = Math.max(...gradient.map((_, j) => mean(ofParts.map((part) => Math.abs(part[j]!)))));
      const difference = Math.max(...gradient.map((value, j) => Math.abs(value - whole.gradients[i]![j]!)));
      expect(difference / size, `gradient ${i} beside that of 1024`).toBeLessThan(1e-5);
    }
    expect(relativeError(accumulated.weights[i]!, whole.weights[i]!), `weight ${i}`).toBeLessThan(1e-5);
  }
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
