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

  it.skipIf(nativeRefusal === undefined)('says how to install a native TensorFlow that is not there', async () => {
    await expect(useBackend('native')).rejects.toThrow(
      /^useBackend: `native` does not work here\. @tensorflow\/tfjs-node-gpu .*, @tensorflow\/tfjs-node .*Prepare it with `npx nfnets-native`/,
    );
    expect(tf.getKernelsForBackend('tensorflow')).toEqual([]);
  });
});
