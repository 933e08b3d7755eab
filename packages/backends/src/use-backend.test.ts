import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Engine, useBackend } from './index.js';
import { whyNot } from './load-native.js';

const refuse = async (): Promise<string> => {
  throw new Error('no TensorFlow on the test machine');
};

afterEach(async () => {
  await tf.setBackend('cpu');
});

describe('useBackend', () => {
  it('takes the cpu when told to', async () => {
    const choice = await useBackend('cpu');
    expect(choice).toEqual({ engine: 'cpu', backend: 'cpu', reason: 'plain JavaScript', tried: [] });
    expect(tf.getBackend()).toBe('cpu');
  });

  it('takes wasm when told to, able to train', async () => {
    const choice = await useBackend('wasm');
    expect(choice).toMatchObject({ engine: 'wasm', backend: 'wasm', tried: [] });
    expect(tf.getBackend()).toBe('wasm');
    // d/dw of sum(conv(x, w)) with a 1x1 kernel is the sum of x: 1 + 2 + 3 + 4
    const gradient = tf.tidy(() => {
      const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      return tf
        .grad((w) => tf.sum(tf.conv2d(x, w as tf.Tensor4D, 1, 'same')))(tf.ones([1, 1, 1, 1]))
        .dataSync()[0];
    });
    expect(gradient).toBe(10);
  });

  it('prefers native to wasm to cpu and says why not', async () => {
    const choice = await useBackend('auto', { loadNative: refuse });
    expect(choice).toMatchObject({
      engine: 'wasm',
      tried: [{ engine: 'native', reason: 'no TensorFlow on the test machine' }],
    });
    expect(choice.reason).toBe(
      'WebAssembly with the training kernels of @nfnets/wasm-training; not native: no TensorFlow on the test machine',
    );
  });

  it('takes native before anything else', async () => {
    const choice = await withFakeNative(() =>
      useBackend('auto', { loadNative: async () => '@tensorflow/tfjs-node-gpu' }),
    );
    expect(choice).toEqual({
      engine: 'native',
      backend: 'tensorflow',
      reason: "TensorFlow's C library through @tensorflow/tfjs-node-gpu",
      tried: [],
    });
  });

  it('falls back when native loads but does not start', async () => {
    const choice = await useBackend('auto', {
      loadNative: async () => {
        tf.registerBackend('tensorflow', () => {
          throw new Error('libcudart.so.11 is missing');
        });
        return '@tensorflow/tfjs-node-gpu';
      },
    });
    tf.removeBackend('tensorflow');
    expect(choice.engine).toBe('wasm');
    expect(choice.tried[0]!.reason).toBe('The tensorflow backend does not start.');
  });

  it('refuses an explicit native that cannot be had, keeping the backend', async () => {
    await useBackend('wasm');
    await expect(useBackend('native', { loadNative: refuse })).rejects.toThrow(
      'useBackend: `native` does not work here. no TensorFlow on the test machine',
    );
    expect(tf.getBackend()).toBe('wasm');
  });

  it('switches back and forth', async () => {
    await useBackend('wasm');
    const onWasm = tf.tensor1d([1, 2]);
    await useBackend('cpu');
    // A tensor made on one backend is read on the other.
    const doubled = tf.mul(onWasm, 2);
    await useBackend('wasm');
    const tripled = tf.add(doubled, onWasm);
    expect([...tripled.dataSync()]).toEqual([3, 6]);
    tf.dispose([onWasm, doubled, tripled]);
  });

  it('lists the engines there are when asked for another', async () => {
    await expect(useBackend('tpu' as Engine)).rejects.toThrow(
      'useBackend: `engine` must be one of auto, native, wasm, cpu, got tpu.',
    );
  });

  it('tells a package that is not installed from one that does not load', async () => {
    const missing = Object.assign(new Error("Cannot find module 'a/package.json'\nRequire stack: b"), {
      code: 'MODULE_NOT_FOUND',
    });
    expect(whyNot('a', missing)).toBe('a is not installed');
    expect(whyNot('b', missing)).toBe("b does not load (Cannot find module 'a/package.json')");
  });

  it('leaves warnings on', async () => {
    tf.env().set('PROD', false);
    await useBackend('cpu');
    expect(tf.env().getBool('PROD')).toBe(false);
  });
});

/** Runs `action` while the cpu's kernels also answer for a backend named `tensorflow`. */
async function withFakeNative<T>(action: () => Promise<T>): Promise<T> {
  const before = new Set(tf.getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName));
  const lent = tf.getKernelsForBackend('cpu').filter(({ kernelName }) => !before.has(kernelName));
  for (const kernel of lent) tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
  tf.registerBackend('tensorflow', () => new (tf.findBackend('cpu').constructor as new () => tf.KernelBackend)());
  try {
    return await action();
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend('tensorflow');
    for (const { kernelName } of lent) tf.unregisterKernel(kernelName, 'tensorflow');
  }
}
