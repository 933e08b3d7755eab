import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { plainStep } from '../index.js';

// Each costs 3 to 80 microseconds where steps are not compiled, which is more than most of them compute. `npm run bench -- ops` counts
// those of all presets.
it('makes a clipped step of nfnet_digits in 1,321 kernel calls', async () => {
  await tf.setBackend('cpu');
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = withTransforms(sgd({ learningRate: 0.1 }), adaptiveGradClip({ exclude: ['linear'] }));
  const batch = tf.tidy(() => ({ images: tf.ones([1, 28, 28, 1]), labels: tf.tensor1d([1], 'int32') }));
  const step = () => plainStep({ model, optimizer, variables }, batch, { seed: 1, labelSmoothing: 0 }).dispose();
  // The first one makes the optimizer's slots.
  step();
  const { kernels } = await tf.profile(step);
  expect(kernels.length).toBe(1321);
  tf.dispose(batch);
  optimizer.dispose();
  model.dispose();
});
