import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { afterAll, expect, it } from 'vitest';
import '../index.js';
import { addressOf, withLines } from './backend-memory.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

it('frees scratch memory when its user fails', async () => {
  await tf.setBackend('wasm');
  const backend = tf.backend() as BackendWasm;
  const before = backend.numDataIds();
  const fail = () =>
    withLines(backend, 100, () => {
      throw new Error('no');
    });
  expect(fail).toThrow('no');
  expect(backend.numDataIds()).toBe(before);
});

it('stops at a tensor for which there was no memory, instead of writing at address 0', () => {
  const backend = { getMemoryOffset: () => 0 } as unknown as BackendWasm;
  const tensor = (shape: number[]) => ({ dataId: {}, shape, dtype: 'float32' as const });
  expect(() => addressOf(backend, tensor([4, 5]))).toThrow('out of memory for a tensor of shape [4,5]');
  expect(addressOf(backend, tensor([0, 5]))).toBe(0);
});
