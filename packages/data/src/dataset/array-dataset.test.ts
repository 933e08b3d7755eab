import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArrayDatasetArgs, arrayDataset, type BatchRequest, type Dataset } from '../index.js';

const args: ArrayDatasetArgs = {
  // Two pixels of two channels each.
  images: Uint8Array.from([0, 10, 20, 30, 100, 110, 120, 130, 200, 210, 220, 230]),
  labels: [0, 1, 2],
  imageShape: [1, 2, 2],
  numClasses: 3,
  normalization: { mean: [10, 20], std: [10, 5] },
};

/** The numbers of all batches of a pass; disposes them. */
async function read(dataset: Dataset, request: BatchRequest) {
  const result: { shape: number[]; images: number[]; labels: number[] }[] = [];
  for await (const { images, labels } of dataset.batches(request)) {
    expect([images.dtype, labels.dtype]).toEqual(['float32', 'int32']);
    result.push({ shape: images.shape, images: [...images.dataSync()], labels: [...labels.dataSync()] });
    images.dispose();
    labels.dispose();
  }
  return result;
}

describe('batches', () => {
  it('normalize per channel, keep the order and the last partial batch', async () => {
    const [first, second, ...rest] = await read(arrayDataset(args), { batchSize: 2, partialBatch: 'keep' });
    expect(rest).toEqual([]);
    expect(first!.shape).toEqual([2, 1, 2, 2]);
    // (0 - 10) / 10, (10 - 20) / 5, (20 - 10) / 10, (30 - 20) / 5, (100 - 10) / 10, (110 - 20) / 5, ...
    const expected = [-1, -2, 1, 2, 9, 18, 11, 22];
    for (const [i, value] of first!.images.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    expect(first!.labels).toEqual([0, 1]);
    expect([second!.shape, second!.labels]).toEqual([[1, 1, 2, 2], [2]]);
  });

  it('drop the last partial batch when asked', async () => {
    const batches = await read(arrayDataset(args), { batchSize: 2, partialBatch: 'drop' });
    expect(batches.map(({ labels }) => labels)).toEqual([[0, 1]]);
  });

  it('leave floats as they are without a normalization', async () => {
    const images = Float32Array.from([0.5, -3, 7, 1e-20]);
    const dataset = arrayDataset({ images, labels: [0, 1], imageShape: [2], numClasses: 2 });
    const [batch] = await read(dataset, { batchSize: 2, partialBatch: 'drop' });
    expect(batch!.images).toEqual([...images]);
  });

  it('hold every sample once, with its own label, in an order given by the seed', async () => {
    const length = 20;
    const images = Float32Array.from({ length }, (_, i) => i);
    const labels = Array.from(images, (value) => value % 5);
    const dataset = arrayDataset({ images, labels, imageShape: [1], numClasses: 5 });
    const order = async (shuffleSeed: number) => {
      const batches = await read(dataset, { batchSize: 3, partialBatch: 'keep', shuffleSeed });
      for (const { images, labels } of batches) expect(labels).toEqual(images.map((value) => value % 5));
      return batches.flatMap(({ images }) => images);
    };
    const first = await order(1);
    expect(first.toSorted((a, b) => a - b)).toEqual([...images]);
    expect(first).not.toEqual([...images]);
    expect(await order(1)).toEqual(first);
    expect(await order(2)).not.toEqual(first);
  });
});

it('begins with the batch asked for, as if those before had been drawn', async () => {
  const images = Float32Array.from({ length: 10 }, (_, i) => i);
  const dataset = arrayDataset({ images, labels: images.map((x) => x % 5), imageShape: [1], numClasses: 5 });
  const request = { batchSize: 3, shuffleSeed: 7, partialBatch: 'keep' } as const;
  const all = await read(dataset, request);
  expect(all.length).toBe(4);
  for (const firstBatch of [0, 1, 3, 4, 5]) {
    expect(await read(dataset, { ...request, firstBatch })).toEqual(all.slice(firstBatch));
  }
  await expect(read(dataset, { ...request, firstBatch: -1 })).rejects.toThrow(
    'batches: `firstBatch` must be an integer >= 0, got -1.',
  );
});

it('reads one image of bytes with its label, and refuses other images', () => {
  const grey = arrayDataset({ ...args, imageShape: [2, 2, 1], normalization: { mean: 0, std: 1 } }).subset([2, 0]);
  expect(grey.read(0)).toEqual({
    label: 2,
    image: { data: Uint8Array.from([200, 210, 220, 230]), height: 2, width: 2, channels: 1 },
    name: 'image 2',
  });
  expect([grey.channels, grey.classNames]).toEqual([1, ['0', '1', '2']]);
  expect(() => arrayDataset(args).read(0)).toThrow(
    'arrayDataset: `read` needs images of bytes [height, width, 1 or 3], got a Uint8Array of [1,2,2].',
  );
});

it('gives subsets of subsets, sharing the images', () => {
  const dataset = arrayDataset(args);
  const part = dataset.subset([2, 0]).subset([1, 0, 0]);
  expect(part.length).toBe(3);
  expect([0, 1, 2].map((i) => part.label(i))).toEqual([0, 2, 2]);
  expect(part.image(1).buffer).toBe(dataset.image(0).buffer);
  expect([...part.image(1)]).toEqual([200, 210, 220, 230]);
  expect(() => part.label(3)).toThrow('arrayDataset: index must be an integer in [0, 3), got 3.');
  expect(() => part.subset([0.5])).toThrow('got 0.5.');
});

it('accepts what fits and refuses any other number of values', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer(), (count, size, extra) => {
      const make = (values: number) =>
        arrayDataset({
          images: new Float32Array(values),
          labels: Array(count).fill(0),
          imageShape: [size],
          numClasses: 2,
        });
      expect(make(count * size).length).toBe(count);
      const wrong = count * size + 1 + Math.abs(extra % 10);
      expect(() => make(wrong)).toThrow(/`images` must hold/);
    }),
  );
});

it.each<[Partial<Record<keyof ArrayDatasetArgs, unknown>>, string]>([
  [{ labels: [0, 1] }, '`images` must hold 2 labels x 4 values = 8, got 12.'],
  [{ labels: [] }, '`labels` must not be empty, got 0 labels.'],
  [{ labels: [0, 1, 3] }, '`labels` must be integers in [0, 3), got 3 at 2.'],
  [{ labels: [0, -1, 2] }, 'got -1 at 1.'],
  [{ labels: [0.5, 1, 2] }, 'got 0.5 at 0.'],
  [{ labels: [0, '01', 2] }, 'got "01" at 1. Make numbers of them, as Number(label) does.'],
  [{ labels: new BigInt64Array(3) }, 'got 0n at 0. Make numbers of them, as Number(label) does.'],
  [{ labels: ['cat', 1, 2] }, 'got "cat" at 0.'],
  [{ numClasses: 1 }, '`numClasses` must be an integer >= 2, got 1.'],
  [{ classNames: ['a'] }, '`classNames` must be 3 names, one for each class, got 1.'],
  [{ imageShape: [0, 2, 2] }, '`imageShape[0]` must be an integer >= 1, got 0.'],
  [{ imageShape: [] }, '`imageShape` must be an array like [height, width, channels], got [].'],
  [{ images: [1, 2, 3] }, '`images` must be a Float32Array or a Uint8Array, got [1,2,3].'],
  [{ images: new Float32Array(12).fill(Number.NaN, 5) }, '`images` must be finite, got NaN in image 1.'],
  [{ normalization: undefined }, '`normalization` must be given for a Uint8Array, got undefined.'],
  [{ normalization: { mean: [1, 2, 3], std: 1 } }, 'one for each of 2 channels, got [1,2,3].'],
  [{ normalization: { mean: 0, std: 0 } }, '`normalization.std` must be > 0, got [0,0].'],
])('refuses %o', (change, message) => {
  expect(() => arrayDataset({ ...args, ...change } as ArrayDatasetArgs)).toThrow(message);
});

it('refuses a batch size of 0', async () => {
  await expect(read(arrayDataset(args), { batchSize: 0, partialBatch: 'keep' })).rejects.toThrow(
    'batches: `batchSize` must be an integer >= 1, got 0.',
  );
});

it.each<[object, string]>([
  [{ labels: [0n, 1n] }, '`labels` must be integers in [0, 2), got 0n at 0.'],
  [{ labels: ['0', '1'] }, 'got "0" at 0.'],
  [{ labels: [[0], [1]] }, 'got [0] at 0.'],
  [{ labels: [0, null] }, 'got null at 1.'],
  [{ labels: [0, 0.5] }, 'got 0.5 at 1.'],
  [{ labels: 2 }, '`labels` must be an array of class numbers, got 2.'],
  [{ images: new Uint8ClampedArray(2) }, '`images` must be a Float32Array or a Uint8Array, got a Uint8ClampedArray'],
  [{ images: new Float32Array([0, Number.NaN]) }, '`images` must be finite, got NaN in image 1.'],
  [{ image: new Float32Array(2) }, 'arrayDataset: no option `image`; did you mean `images`?'],
  [{ normalization: { mean: 0, std: 0 } }, '`normalization.std` must be > 0, got [0].'],
])('refuses %o', (change, message) => {
  const whole = { images: new Float32Array(2), labels: [0, 1], imageShape: [1], numClasses: 2 };
  expect(() => arrayDataset({ ...whole, ...change } as never)).toThrow(message);
});

it('has no part without samples', () => {
  const whole = { images: new Float32Array(2), labels: [0, 1], imageShape: [1], numClasses: 2 };
  expect(() => arrayDataset(whole).subset([])).toThrow(
    'subset: `indices` must be an array of at least one index, got [].',
  );
});
