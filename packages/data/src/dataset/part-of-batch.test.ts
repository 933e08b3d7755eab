import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { arrayDataset, type BatchRequest, partOfBatch } from '../index.js';

const data = arrayDataset({
  images: Float32Array.from({ length: 11 }, (_, i) => i),
  labels: Array.from({ length: 11 }, () => 0),
  imageShape: [1],
  numClasses: 2,
});

async function drawn(request: Omit<BatchRequest, 'batchSize'>): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const { images, labels } of data.batches({ batchSize: 4, ...request })) {
    batches.push([...images.dataSync()]);
    tf.dispose([images, labels]);
  }
  return batches;
}

describe('partOfBatch', () => {
  it('cuts every batch into neighbouring parts that differ by a sample at most', () => {
    for (let samples = 0; samples < 12; samples++) {
      for (let count = 1; count < 6; count++) {
        const parts = Array.from({ length: count }, (_, index) => partOfBatch(samples, { index, count }));
        const sizes = parts.map(([from, to]) => to - from);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(samples);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(2);
        expect(parts.map(([from]) => from)).toEqual([0, ...parts.slice(0, -1).map(([, to]) => to)]);
      }
    }
  });

  it('refuses a part that there is not', () => {
    expect(() => partOfBatch(4, { index: 2, count: 2 })).toThrow('`part.index` must be below `part.count`, got 2 of 2');
    expect(() => partOfBatch(4, { index: 0, count: 0 })).toThrow(/`part.count` must be/);
  });
});

describe('the parts of the batches of a pass', () => {
  it.each([undefined, 5])('are together the batches of one process (seed %s)', async (shuffleSeed) => {
    const order = shuffleSeed === undefined ? {} : { shuffleSeed };
    const whole = await drawn({ ...order, partialBatch: 'keep' });
    const parts = await Promise.all(
      [0, 1, 2].map((index) => drawn({ ...order, partialBatch: 'keep', part: { index, count: 3 } })),
    );
    expect(whole.map((_, batch) => parts.flatMap((part) => part[batch]!))).toEqual(whole);
    expect(parts.map((part) => part.map(({ length }) => length))).toEqual([
      [2, 2, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('have a sample that stands in where a batch has none for them', async () => {
    const batches = await drawn({ partialBatch: 'keep', part: { index: 3, count: 4 } });
    expect(batches).toEqual([[3], [7], [8]]);
    await expect(drawn({ partialBatch: 'keep', part: { index: 4, count: 4 } })).rejects.toThrow(
      'batches: `part.index` must be below `part.count`, got 4 of 4',
    );
  });
});
