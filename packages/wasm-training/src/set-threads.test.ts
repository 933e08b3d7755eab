import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { build } from 'esbuild';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharing } from './backend/run-kernel.js';
import { setThreads } from './index.js';

afterEach(async () => {
  vi.restoreAllMocks();
  await tf.setBackend('cpu');
});

describe('setThreads', () => {
  // In this order: the backend starts without threads, and can still be replaced while it is empty.
  it('leaves one thread, and says why, where the build for threads does not start', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
      throw new Error('not here\nnor there');
    });
    expect(await setThreads(2)).toEqual({
      threads: 1,
      reason: "tfjs's build for threads does not start here (not here)",
    });
    vi.restoreAllMocks();
    await tf.setBackend('wasm');
    expect(sumOfProduct()).toBe(2 * 300 * 300 * 300);
  });

  it('leaves one thread, and says why, where tensors lie in memory of one thread', async () => {
    await tf.setBackend('wasm');
    const tensor = tf.tensor1d([1, 2, 3]);
    expect(await setThreads(2)).toEqual({
      threads: 1,
      reason:
        'the wasm backend already holds tensors, in memory that threads cannot share; choose threads before the first',
    });
    expect([...tensor.dataSync()]).toEqual([1, 2, 3]);
    tensor.dispose();
  });

  it('replaces a backend without tensors, and keeps it current', async () => {
    await tf.setBackend('wasm');
    expect(await setThreads(2)).toEqual({ threads: 2 });
    expect(tf.getBackend()).toBe('wasm');
    expect(sumOfProduct()).toBe(2 * 300 * 300 * 300);
    expect(numberOfWorkers()).toBe(1);
  });

  it('changes the number of threads while there are tensors', async () => {
    await tf.setBackend('wasm');
    const tensor = tf.tensor1d([1, 2, 3]);
    for (const threads of [3, 3, 1, 2]) {
      expect(await setThreads(threads)).toEqual({ threads });
      expect(sumOfProduct()).toBe(2 * 300 * 300 * 300);
      expect(numberOfWorkers()).toBe(threads - 1);
    }
    expect([...tensor.dataSync()]).toEqual([1, 2, 3]);
    tensor.dispose();
  });

  it('makes one change after the other', async () => {
    const changes = [2, 3, 2].map((threads) => setThreads(threads));
    expect(await Promise.all(changes)).toEqual([{ threads: 2 }, { threads: 3 }, { threads: 2 }]);
    expect(numberOfWorkers()).toBe(1);
  });

  it('takes all there are unless told otherwise', async () => {
    const { threads } = await setThreads();
    expect(threads).toBe((await import('node:os')).availableParallelism());
  });

  it('keeps results while memory grows', async () => {
    await setThreads(2);
    await tf.setBackend('wasm');
    Object.assign(sharing, { worthSharing: 0, worthFetching: 1 });
    tf.tidy(() => {
      for (let size = 1 << 16; size <= 1 << 23; size *= 2) {
        const x = tf.ones([size / 64, 64]);
        expect([...tf.sum(tf.maximum(x, 2), 0).dataSync()]).toEqual(Array(64).fill(size / 32));
      }
    });
  });

  it('refuses a number that is none', async () => {
    for (const threads of [0, -1, 1.5, Number.NaN]) {
      await expect(setThreads(threads)).rejects.toThrow(
        `setThreads: \`threads\` must be a whole number of at least 1, got ${threads}.`,
      );
    }
  });

  it('ends its threads with the backend', async () => {
    await setThreads(2);
    expect(numberOfWorkers()).toBe(1);
    tf.removeBackend('wasm');
    expect(numberOfWorkers()).toBe(0);
  });
});

it('lets the process end, and adds nothing to it', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as tf from '@tensorflow/tfjs-core';
        import { setThreads } from './index.ts';
        const count = () => [
          Object.getOwnPropertyNames(globalThis).length,
          ...['uncaughtException', 'unhandledRejection', 'exit'].map((name) => process.listenerCount(name)),
        ];
        const before = count();
        const choice = await setThreads(2);
        await tf.setBackend('wasm');
        const x = tf.ones([400, 400]);
        const sum = tf.sum(tf.matMul(x, x)).dataSync()[0];
        console.log(JSON.stringify({ choice, sum, added: count().map((number, i) => number - before[i]) }));
      `,
      resolveDir: fileURLToPath(new URL('./', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module'], {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    input: outputFiles[0]!.text,
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(JSON.parse(stdout)).toEqual({ choice: { threads: 2 }, sum: 400 ** 3, added: [0, 0, 0, 0] });
});

/** The sum of the product of matrices of ones and twos: 300 x 300 numbers that are 300 x 2. */
function sumOfProduct(): number {
  return tf.tidy(() => tf.sum(tf.matMul(tf.ones([300, 300]), tf.fill([300, 300], 2))).dataSync()[0]!);
}

/** Threads of this process that Node knows of, besides the first. */
function numberOfWorkers(): number {
  return (process.report!.getReport() as { workers: unknown[] }).workers.length;
}
