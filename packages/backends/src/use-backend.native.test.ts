import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { useBackend } from './index.js';
import { loadNative } from './load-native.js';

// In a process of its own: the other tests pretend to be a native backend, and take it away again.

/** Whether this machine has a native TensorFlow; its own test runs only there. */
const nativeRefusal = await loadNative().then(
  () => undefined,
  (error: Error) => error.message,
);

afterEach(async () => {
  await tf.setBackend('cpu');
});

describe('useBackend with the native TensorFlow of this machine', () => {
  it('settles on something that computes, here', async () => {
    const choice = await useBackend();
    // The third on a machine with a graphics card and no native TensorFlow.
    expect(nativeRefusal === undefined ? ['native'] : ['wasm', 'webgpu']).toContain(choice.engine);
  });

  it.skipIf(nativeRefusal !== undefined)('computes natively (needs TensorFlow: npx nfnets-native)', async () => {
    const choice = await useBackend('native');
    expect(choice).toMatchObject({ engine: 'native', backend: 'tensorflow' });
    // 1 * 3 + 2 * 4
    expect(tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0])).toBe(11);
  });

  it.skipIf(nativeRefusal !== undefined)('takes the slope of relu from zero, NaN and infinity', async () => {
    await useBackend('native');
    const slopes = (alpha: number) =>
      tf.tidy(() => [...tf.step(tf.tensor1d([-2, 0, 3, Number.NaN, Infinity, -Infinity]), alpha).dataSync()]);
    expect(slopes(0)).toEqual([0, 0, 1, Number.NaN, 1, 0]);
    expect(slopes(0.5)).toEqual([0.5, 0.5, 1, Number.NaN, 1, 0.5]);
  });

  it.skipIf(nativeRefusal !== undefined)('averages and casts floats without an op that changes nothing', async () => {
    await useBackend('native');
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, 2],
        [3, Number.NaN],
      ]);
      expect([...tf.mean(x, 0).dataSync()]).toEqual([2, Number.NaN]);
      expect(tf.mean(x, -1, true).shape).toEqual([2, 1]);
      expect([...tf.mean(tf.tensor1d([1, 2], 'int32')).dataSync()]).toEqual([1.5]);
      const same = tf.cast(x, 'float32');
      x.dispose();
      expect([...same.dataSync()]).toEqual([1, 2, 3, Number.NaN]);
      expect([...tf.cast(same, 'int32').dataSync()].slice(0, 3)).toEqual([1, 2, 3]);
    });
  });

  it.skipIf(nativeRefusal !== undefined)('convolves by groups as group by group', async () => {
    await useBackend('native');
    // TensorFlow of before 2.10 or so refuses groups; @nfnets/ws-conv then convolves group by group.
    if (!tf.getKernel('GroupedConv2D', 'tensorflow')) return;
    const run = (name: string, inputs: tf.NamedTensorMap, attrs: object) =>
      tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;
    for (const [pad, kernelSize, step] of [
      ['same', 3, 2] as const,
      ['valid', 3, 1] as const,
      ['same', 1, 1] as const,
    ]) {
      tf.tidy(() => {
        const wave = (shape: number[], phase: number) => {
          const size = shape.reduce((a, b) => a * b, 1);
          return tf.tensor4d(
            Float32Array.from({ length: size }, (_, i) => Math.sin(3 * i + phase)),
            shape as [number, number, number, number],
          );
        };
        const [x, filter] = [wave([2, 6, 5, 4], 0), wave([kernelSize, kernelSize, 2, 6], 1)];
        const byGroup = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
          const filters = tf.split(filter as tf.Tensor4D, 2, 3) as tf.Tensor4D[];
          const parts = tf.split(x as tf.Tensor4D, 2, 3) as tf.Tensor4D[];
          return tf.concat(
            parts.map((part, i) => tf.conv2d(part, filters[i]!, step, pad)),
            3,
          );
        };
        const geometry = { strides: [step, step], pad, dilations: [1, 1], groups: 2 };
        const y = run('GroupedConv2D', { x, filter }, geometry);
        expectTensorClose(y, byGroup(x, filter));
        const dy = wave(y.shape, 2);
        const [dx, dFilter] = tf.grads(byGroup)([x, filter], dy) as [tf.Tensor, tf.Tensor];
        const { shape: inputShape } = x;
        expectTensorClose(run('GroupedConv2DBackpropInput', { dy, filter }, { ...geometry, inputShape }), dx);
        const { shape: filterShape } = filter;
        expectTensorClose(run('GroupedConv2DBackpropFilter', { x, dy }, { ...geometry, filterShape }), dFilter);
      });
    }
  });

  it.skipIf(nativeRefusal === undefined)('says how to install a native TensorFlow that is not there', async () => {
    await expect(useBackend('native')).rejects.toThrow(
      /^useBackend: `native` does not work here\. @tensorflow\/tfjs-node-gpu .*, @tensorflow\/tfjs-node .*Prepare it with `npx nfnets-native`/,
    );
    expect(tf.getKernelsForBackend('tensorflow')).toEqual([]);
  });
});
