import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { estimateMemory, residentMemory } from './memory-estimate.js';

const config = (batchSize: number, model = 'nfnet_digits') => ({
  ...tinyConfig(`trial.model=${model}`).trial,
  batchSize,
});

it('expects of a trial what the nearest batch size of its model took, in proportion where the batch is larger', () => {
  const peaks = [
    { config: config(64), bytes: 300 },
    { config: config(256), bytes: 1000 },
    { config: config(256), bytes: 1200 },
    { config: config(512, 'nfnet_f0'), bytes: 99_000 },
  ];
  expect(estimateMemory(config(256), peaks)).toBe(1200);
  // Nearest on a log scale: 512 is twice 256.
  expect(estimateMemory(config(512), peaks)).toBe(2400);
  // Memory that does not depend on the batch is not known to shrink with it.
  expect(estimateMemory(config(32), peaks)).toBe(300);
  expect(estimateMemory(config(64, 'nfnet_f1'), peaks)).toBe(undefined);
  // Activations take half as much.
  expect(estimateMemory({ ...config(64), precision: 'bfloat16' }, peaks)).toBe(undefined);
});

it('reads the memory of a process', () => {
  if (process.platform === 'linux') expect(residentMemory(process.pid)).toBeGreaterThan(2 ** 24);
  expect(residentMemory(undefined)).toBe(0);
});
