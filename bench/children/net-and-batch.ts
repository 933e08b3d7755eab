import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { sgd } from '@nfnets/optimizers';
import type { TrainState } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { NETS, type NetName } from '../nets/nets.js';

export interface Batch {
  readonly images: tf.Tensor;
  readonly labels: tf.Tensor;
}

/** A net with adaptive clipping, as a step takes it, and a batch of noise for it: `batchSize` images of classes 0 to 9 in turn. */
export function netAndBatch(net: NetName, batchSize: number): { readonly state: TrainState; readonly batch: Batch } {
  const { build, head, imageShape } = NETS[net];
  const model = build();
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  // Timed steps hardly move the weights.
  const optimizer = withTransforms(sgd({ learningRate: 1e-4 }), adaptiveGradClip({ exclude: [head] }));
  const images = tf.randomNormal([batchSize, ...imageShape], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(
    Int32Array.from({ length: batchSize }, (_, i) => i % 10),
    'int32',
  );
  return { state: { model, optimizer, variables }, batch: { images, labels } };
}
