import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('registers what training needs, without starting the wasm backend or changing the one in use', async () => {
  const before = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
  await import('./index.js');
  const added = tf
    .getKernelsForBackend('wasm')
    .map(({ kernelName }) => kernelName)
    .filter((name) => !before.has(name));
  expect(added.sort()).toEqual([
    'Conv2DBackpropFilter',
    'DepthwiseConv2dNativeBackpropFilter',
    'DepthwiseConv2dNativeBackpropInput',
    'Einsum',
    'GroupedConv2D',
    'GroupedConv2DBackpropFilter',
    'GroupedConv2DBackpropInput',
    'NFNetsRecordStep',
    'UnsortedSegmentSum',
  ]);
  expect(tf.getBackend()).toBe('cpu');
  expect(Object.keys(tf.engine().registry)).not.toContain('wasm');
});
