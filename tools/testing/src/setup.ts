import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, vi } from 'vitest';

// Quiets the backend's advertisement. Not IS_TEST: its leak check takes what a custom gradient saves for a leak.
tf.enableProdMode();
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
