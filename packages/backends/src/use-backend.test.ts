import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Engine, useBackend } from './index.js';
import { howToGet, whyNot } from './load-native.js';
import { whereWasmIs } from './use-backend.js';

const refuse = async (): Promise<string> => {
  throw new Error('no TensorFlow on the test machine');
};
const noGpu = async (): Promise<string> => {
  throw new Error('no graphics card');
};

afterEach(async () => {
  await tf.setBackend('cpu');
});

describe('useBackend', () => {
  it('takes the cpu when told to', async () => {
    const choice = await useBackend('cpu');
    expect(choice).toEqual({ engine: 'cpu', backend: 'cpu', threads: 1, reason: 'plain JavaScript', tried: [] });
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

  it('prefers native to webgpu to wasm to cpu and says why not', async () => {
    const choice = await useBackend('auto', { loadNative: refuse, loadWebgpu: noGpu });
    expect(choice).toMatchObject({
      engine: 'wasm',
      tried: [
        { engine: 'native', reason: 'no TensorFlow on the test machine' },
        { engine: 'webgpu', reason: 'no graphics card' },
      ],
    });
    expect(choice.reason).toBe(
      'WebAssembly with the training kernels of @nfnets/wasm-training; not native: no TensorFlow on the test machine; not webgpu: no graphics card',
    );
  });

  it('takes webgpu where there is no native, and tells it whether it was asked for by name', async () => {
    const asked: boolean[] = [];
    const loadWebgpu = async ({ wanted }: { wanted: boolean }) => {
      asked.push(wanted);
      return 'a graphics card';
    };
    await withFakeBackend('webgpu', async () => {
      const choice = await useBackend('auto', { loadNative: refuse, loadWebgpu });
      expect(choice).toEqual({
        engine: 'webgpu',
        backend: 'webgpu',
        reason: 'WebGPU on a graphics card; not native: no TensorFlow on the test machine',
        tried: [{ engine: 'native', reason: 'no TensorFlow on the test machine' }],
      });
      await useBackend('webgpu', { loadWebgpu });
    });
    expect(asked).toEqual([false, true]);
  });

  it('takes native before anything else', async () => {
    const choice = await withFakeBackend('tensorflow', () =>
      useBackend('auto', { loadNative: async () => '@tensorflow/tfjs-node-gpu' }),
    );
    expect(choice).toEqual({
      engine: 'native',
      backend: 'tensorflow',
      threads: expect.any(Number),
      reason: "TensorFlow's C library through @tensorflow/tfjs-node-gpu",
      tried: [],
    });
  });

  it('takes native-gpu only where TensorFlow uses a GPU, keeping the backend otherwise', async () => {
    const loadNative = async () => '@tensorflow/tfjs-node-gpu';
    await withFakeBackend('tensorflow', async () => {
      await useBackend('wasm');
      await expect(useBackend('native-gpu', { loadNative })).rejects.toThrow(
        'useBackend: `native-gpu` does not work here. TensorFlow, through @tensorflow/tfjs-node-gpu, finds no GPU that it can use.',
      );
      expect(tf.getBackend()).toBe('wasm');
      Object.assign(tf.findBackend('tensorflow'), { isUsingGpuDevice: true });
      const choice = await useBackend('native-gpu', { loadNative });
      expect(choice).toMatchObject({ engine: 'native-gpu', backend: 'tensorflow' });
      expect(choice.reason).toBe("TensorFlow's C library through @tensorflow/tfjs-node-gpu, on the GPU");
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
      loadWebgpu: noGpu,
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

  it('runs wasm on the threads it is given, and on all there are by default', async () => {
    expect((await useBackend('wasm', { threads: 1 })).threads).toBe(1);
    expect((await useBackend('wasm')).threads).toBe(availableParallelism());
    await expect(useBackend('auto', { threads: 0 })).rejects.toThrow(
      'useBackend: `threads` must be a whole number of at least 1, got 0.',
    );
  });

  it('lists the engines there are when asked for another', async () => {
    await expect(useBackend('tpu' as Engine)).rejects.toThrow(
      'useBackend: `engine` must be one of auto, native-gpu, native, webgpu, wasm, cpu, got tpu.',
    );
  });

  it('refuses an option that is misspelt or wrong, and suggests an engine', async () => {
    const use = useBackend as (engine?: unknown, options?: unknown) => Promise<unknown>;
    await expect(use('wasm', { thread: 2 })).rejects.toThrow('useBackend: no option `thread`; did you mean `threads`?');
    await expect(use('wasm', 2)).rejects.toThrow(
      'useBackend: options must be an object like { threads, wasmPaths }, got 2.',
    );
    await expect(use('wasm', { threads: '2' })).rejects.toThrow(
      'useBackend: `threads` must be a whole number of at least 1, got "2".',
    );
    await expect(use('wasm', { wasmPaths: 5 })).rejects.toThrow('useBackend: `wasmPaths` must be a folder,');
    await expect(use('wams')).rejects.toThrow("got wams. Did you mean 'wasm'?");
    await expect(use(3)).rejects.toThrow('useBackend: `engine` must be one of auto,');
  });

  it('says where the wasm files were looked for', async () => {
    expect(whereWasmIs({ wasmPaths: '/x/' })).toMatch(/"\/x\/": say where they are served with `wasmPaths`/);
  });

  it('says in one message how to install and prepare native TensorFlow', () => {
    expect(howToGet(['@tensorflow/tfjs-node-gpu is not installed', '@tensorflow/tfjs-node is not installed'])).toMatch(
      /`npm install --ignore-scripts @tensorflow\/tfjs-node`, then .* `npx nfnets-native`/,
    );
    expect(
      howToGet(['@tensorflow/tfjs-node-gpu is not installed', '@tensorflow/tfjs-node has no native binary']),
    ).toMatch(/^Prepare it with `npx nfnets-native`/);
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

/** Runs `action` while the cpu's kernels also answer for a backend named `name`. */
async function withFakeBackend<T>(name: string, action: () => Promise<T>): Promise<T> {
  const before = new Set(tf.getKernelsForBackend(name).map(({ kernelName }) => kernelName));
  const lent = tf.getKernelsForBackend('cpu').filter(({ kernelName }) => !before.has(kernelName));
  for (const kernel of lent) tf.registerKernel({ ...kernel, backendName: name });
  tf.registerBackend(name, () => new (tf.findBackend('cpu').constructor as new () => tf.KernelBackend)());
  try {
    return await action();
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
    for (const { kernelName } of lent) tf.unregisterKernel(kernelName, name);
  }
}
