import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mnistDigits } from '@nfnets/data/node';
import { afterAll, expect, it } from 'vitest';
import { drawShapes, readDigits } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-digits-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('packs the digits into a file that reads as mnistDigits reads them', async () => {
  const file = join(folder, 'digits.bin');
  execFileSync(process.execPath, [fileURLToPath(new URL('../../pack-digits.mjs', import.meta.url)), file]);
  const { images, labels, ...rest } = await readDigits(new Uint8Array(readFileSync(file)));
  const { images: expectedImages, labels: expectedLabels, ...expected } = mnistDigits({ from: import.meta.url });
  expect(rest).toEqual(expected);
  expect(labels).toHaveLength(10_000);
  expect(Buffer.compare(Buffer.from(labels as Uint8Array), Buffer.from(expectedLabels as Uint8Array))).toBe(0);
  expect(Buffer.compare(Buffer.from(images as Uint8Array), Buffer.from(expectedImages as Uint8Array))).toBe(0);
});

it('refuses a file of another length', async () => {
  const short = new Response(new Blob([new Uint8Array(100)]).stream().pipeThrough(new CompressionStream('gzip')));
  const packed = new Uint8Array(await short.arrayBuffer());
  await expect(readDigits(packed)).rejects.toThrow('the file must hold 785 bytes for each digit, got 100.');
});

it('draws the same shapes for the same seed, of ten classes alike in number, in colours that tell nothing', () => {
  const { images, labels, imageShape, normalization } = drawShapes(2000, 5);
  const isSame = (seed: number) =>
    Buffer.compare(Buffer.from(drawShapes(2000, seed).images as Uint8Array), Buffer.from(images as Uint8Array)) === 0;
  expect([isSame(5), isSame(6)]).toEqual([true, false]);
  expect(imageShape).toEqual([28, 28, 3]);
  const size = 28 * 28 * 3;
  const mean = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    return sum / values.length;
  };
  const means = Array.from({ length: 10 }, (_, label) => {
    const places = Array.from(labels).flatMap((each, i) => (each === label ? [i] : []));
    expect(places).toHaveLength(200);
    return mean(places.map((i) => mean((images as Uint8Array).subarray(i * size, (i + 1) * size))));
  });
  // Of 200 pictures of even colours the mean is known within 255 / sqrt(12 * 3 * 200) = 3 levels.
  for (const level of means) expect(Math.abs(level - 127.5)).toBeLessThan(12);
  const deviation = Math.sqrt(mean(Array.from(images as Uint8Array, (level) => (level - 127.5) ** 2)));
  expect(Math.abs(deviation - (normalization as { std: number }).std)).toBeLessThan(4);
});
