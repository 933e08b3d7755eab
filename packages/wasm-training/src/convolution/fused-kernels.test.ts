import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import '../index.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

const golden = (name: string, shape: number[]) => tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape);

it.each([undefined, 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
  'a convolution fused with its bias and %s is that of its parts',
  (activation) => {
    tf.tidy(() => {
      const x = tf.mul(golden('x', [2, 7, 6, 3]), 4) as tf.Tensor4D;
      const filter = golden('filter', [3, 3, 3, 8]) as tf.Tensor4D;
      const bias = golden('bias', [8]);
      const slopes = golden('slopes', [8]);
      const fused = (withBias: boolean) =>
        tf.fused.conv2d({
          x,
          filter,
          strides: 2,
          pad: 'same',
          ...(withBias ? { bias } : {}),
          ...(activation === undefined ? {} : { activation }),
          ...(activation === 'prelu' ? { preluActivationWeights: slopes } : {}),
          leakyreluAlpha: 0.1,
        });
      const parts = (y: tf.Tensor): tf.Tensor => {
        switch (activation) {
          case undefined:
            return y;
          case 'leakyrelu':
            return tf.leakyRelu(y, 0.1);
          case 'prelu':
            return tf.prelu(y, slopes);
          default:
            return { relu: tf.relu, relu6: tf.relu6, elu: tf.elu, sigmoid: tf.sigmoid }[activation](y);
        }
      };
      const plain = tf.conv2d(x, filter, 2, 'same');
      expectTensorClose(fused(true), parts(tf.add(plain, bias)));
      expectTensorClose(fused(false), parts(plain));
    });
  },
);

it('leaves nothing behind', () => {
  const model = tf.sequential({
    layers: [tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: 'relu' })],
  });
  const x = tf.zeros([1, 8, 8, 3]);
  const before = tf.memory();
  tf.tidy(() => void model.predict(x));
  const after = tf.memory();
  expect([after.numTensors, after.numDataBuffers]).toEqual([before.numTensors, before.numDataBuffers]);
  x.dispose();
  model.dispose();
});
