import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, vi } from 'vitest';

// Quiet the backend's advertisement: a test that prints anything fails.
tf.env().set('IS_TEST', true);
await tf.setBackend('cpu');

const consoleMethods = ['log', 'info', 'warn', 'error', 'debug'] as const;
let printed: string[] = [];
let tensorsBefore = 0;

beforeEach(() => {
  printed = [];
  for (const method of consoleMethods) {
    vi.spyOn(console, method).mockImplementation((...args) => {
      printed.push(`console.${method}: ${args.join(' ')}`);
    });
  }
  tensorsBefore = tf.memory().numTensors;
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(printed, 'a test must not print').toEqual([]);
  expect(tf.memory().numTensors - tensorsBefore, 'leaked tensors').toBe(0);
});
