import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAugmentName } from '@nfnets/augment';
import { preprocess, readImage } from '@nfnets/inference';
import { describe, expect, it, onTestFinished } from 'vitest';
import addNoiseHere from './__fixtures__/add-noise.js';
import { writePhotos } from './__fixtures__/photos.js';
import { readBatches } from './__fixtures__/read-batches.js';
import { tempFolder } from './__fixtures__/temp-folder.js';
import { arrayDataset, type BatchRequest, type ImageSource } from './index.js';
import { type ImageLoaderOptions, imageFolder, imageLoader } from './node.js';

const request: BatchRequest = { batchSize: 4, shuffleSeed: 11, partialBatch: 'keep' };
const evaluation: BatchRequest = { batchSize: 4, partialBatch: 'keep' };

/** A loader whose threads end with the test. */
function makeLoader(source: ImageSource, options: ImageLoaderOptions) {
  const loader = imageLoader(source, options);
  onTestFinished(() => loader.dispose());
  return loader;
}

/** `count` images of 8 x 8 pixels of one value each, `10 * index`; labels `index % 5`. */
const flat = (count: number, channels = 1) =>
  arrayDataset({
    images: Uint8Array.from({ length: count * 64 * channels }, (_, i) => 10 * Math.floor(i / (64 * channels))),
    labels: Array.from({ length: count }, (_, i) => i % 5),
    imageShape: [8, 8, channels],
    numClasses: 5,
    normalization: { mean: 0, std: 1 },
  });

const addNoise = { module: new URL('./__fixtures__/add-noise.ts', import.meta.url) };

describe('a pass', () => {
  it.each([0, 2])('over an array has the batches of arrayDataset (%i workers)', async (workers) => {
    const source = arrayDataset({
      images: Uint8Array.from({ length: 30 * 48 }, (_, i) => i * 7),
      labels: Array.from({ length: 30 }, (_, i) => i % 5),
      imageShape: [4, 4, 3],
      numClasses: 5,
      normalization: { mean: [10, 20, 30], std: [3, 5, 7] },
    }).subset(Array.from({ length: 26 }, (_, i) => i + 2));
    const loader = makeLoader(source, { imageSize: 4, workers });
    expect([loader.length, loader.imageShape, loader.numClasses]).toEqual([26, [4, 4, 3], 5]);
    for (const each of [request, evaluation, { ...request, partialBatch: 'drop' as const, firstBatch: 2 }]) {
      expect(await readBatches(loader, each)).toEqual(await readBatches(source, each));
    }
  });

  it('augments only where it is shuffled', async () => {
    const loader = makeLoader(flat(8), {
      imageSize: 8,
      workers: 0,
      augment: (image) => ({ ...image, data: image.data.map(() => 7) }),
    });
    for (const { images } of await readBatches(loader, request)) expect(new Set(images)).toEqual(new Set([7]));
    const [first] = await readBatches(loader, evaluation);
    expect([...new Set(first!.images)]).toEqual([0, 10, 20, 30]);
  });

  it('has the numbers of one pass whatever the number of workers, and others in another', async () => {
    const folder = tempFolder();
    await writePhotos(folder, 7);
    const source = imageFolder(folder);
    const options: ImageLoaderOptions = {
      imageSize: [40, 40],
      augment: [{ op: 'padAndCrop', size: 40 }, { op: 'horizontalFlip' }],
      ...parseAugmentName('cutmix_mixup_randaugment_405'),
    };
    const pass = (workers: number, shuffleSeed: number, prefetch: number, firstBatch = 0) =>
      readBatches(makeLoader(source, { ...options, workers, prefetch }), { ...request, shuffleSeed, firstBatch });
    const expected = await pass(0, 1, 0);
    expect(expected.map(({ shape }) => shape[0])).toEqual([4, 4, 4, 4, 4, 1]);
    expect(await pass(1, 1, 1)).toEqual(expected);
    expect(await pass(3, 1, 4)).toEqual(expected);
    expect(await pass(2, 1, 2, 3)).toEqual(expected.slice(3));
    expect(await pass(0, 2, 2)).not.toEqual(expected);
  });

  it('is no other for a larger batch', async () => {
    const images = async (batchSize: number) => {
      const loader = makeLoader(flat(20), { imageSize: 8, workers: 2, augment: addNoise });
      const batches = await readBatches(loader, { ...request, batchSize });
      return batches.flatMap((batch) => [...batch.images]);
    };
    expect(await images(20)).toEqual(await images(3));
  });
});

it('prepares files for evaluation as @nfnets/inference does', async () => {
  const folder = tempFolder();
  await writePhotos(folder, 2);
  const source = imageFolder(folder);
  for (const crop of [undefined, 'crop_resize', 'none'] as const) {
    const loader = makeLoader(source, { imageSize: 24, workers: 0, ...(crop && { crop }) });
    const batches = await readBatches(loader, evaluation);
    expect(batches.flatMap(({ labels }) => labels)).toEqual([0, 0, 1, 1, 2, 2]);
    const made = batches.flatMap(({ images }) => [...images]);
    const length = 24 * 24 * 3;
    for (let index = 0; index < source.length; index++) {
      const image = await readImage(join(folder, (await source.read(index)).name));
      const theirs = preprocess(image, { testSize: 24, ...(crop && { crop }) });
      const expected = theirs.dataSync();
      // Values are in about [-2, 3]; both add up 16 products in float32, in another order.
      for (let i = 0; i < length; i++) expect(Math.abs(made[index * length + i]! - expected[i]!)).toBeLessThan(2e-5);
      image.dispose();
      theirs.dispose();
    }
  }
});

it('makes grey images of files where one channel is wanted', async () => {
  const folder = tempFolder();
  await writePhotos(folder, 1);
  const options = { imageSize: 16, workers: 0, channels: 1, normalization: { mean: 0, std: 255 } } as const;
  const [batch] = await readBatches(makeLoader(imageFolder(folder), options), evaluation);
  expect(batch!.shape).toEqual([3, 16, 16, 1]);
});

describe('mixing', () => {
  it('weighs the labels as it does the pixels, takes kinds in turn, and every sample twice', async () => {
    const count = 20;
    // Sample i is the only one of its class, and all its pixels are 10 (i + 1).
    const source = arrayDataset({
      images: Uint8Array.from({ length: count * 256 }, (_, i) => 10 * (1 + Math.floor(i / 256))),
      labels: Array.from({ length: count }, (_, i) => i),
      imageShape: [16, 16, 1],
      numClasses: count,
      normalization: { mean: 0, std: 1 },
    });
    const loader = makeLoader(source, { imageSize: 16, workers: 0, mix: { kinds: ['mixup', 'cutmix'] } });
    const seen = Array<number>(count).fill(0);
    let row = 0;
    for (const { images, labels, shape } of await readBatches(loader, request)) {
      for (let i = 0; i < shape[0]!; i++, row++) {
        const shares = labels.slice(i * count, (i + 1) * count);
        expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 6);
        const pixels = images.subarray(i * 256, (i + 1) * 256);
        const mean = shares.reduce((sum, share, label) => sum + share * 10 * (1 + label), 0);
        if (row % 2 === 0) {
          // Mixup: all pixels are the mean, without its fraction.
          expect(new Set(pixels).size).toBe(1);
          expect(mean - pixels[0]!).toBeGreaterThan(-1e-3);
          expect(mean - pixels[0]!).toBeLessThan(1.001);
        } else {
          // CutMix: at most two values, whose mean over the area is the mean of the labels.
          expect(new Set(pixels).size).toBeLessThanOrEqual(2);
          expect(pixels.reduce((sum, x) => sum + x, 0) / 256).toBeCloseTo(mean, 3);
        }
        for (const [label, share] of shares.entries()) if (share > 0) seen[label]! += 1;
      }
    }
    // An image of which the other has covered all, or a ratio that rounds to 1, leaves no trace.
    expect(row).toBe(count);
    expect(seen.reduce((sum, times) => sum + times)).toBeGreaterThan(1.7 * count);
    expect(Math.max(...seen)).toBeLessThanOrEqual(3);
  });

  it('leaves evaluation alone', async () => {
    const loader = makeLoader(flat(8), { imageSize: 8, workers: 0, mix: { kinds: ['mixup'] } });
    const [batch] = await readBatches(loader, evaluation);
    expect(batch!.labels).toEqual([0, 1, 2, 3]);
  });
});

it('transforms what is not mixed as steps of `augment` do, and evaluation not', async () => {
  const steps = { op: 'randAugment', magnitude: 9 } as const;
  const [asTransforms, asAugment] = ['transforms', 'augment'].map((option) =>
    makeLoader(flat(8), { imageSize: 8, workers: 0, [option]: [steps] }),
  );
  const made = await readBatches(asTransforms!, request);
  expect(made).toEqual(await readBatches(asAugment!, request));
  expect(made).not.toEqual(await readBatches(flat(8), request));
  expect(await readBatches(asTransforms!, evaluation)).toEqual(await readBatches(flat(8), evaluation));
});

describe('a transform of one’s own', () => {
  it('is the same as a module in workers and as a function in the main thread', async () => {
    const inWorkers = await readBatches(makeLoader(flat(10), { imageSize: 8, augment: addNoise, workers: 2 }), request);
    const inMain = await readBatches(makeLoader(flat(10), { imageSize: 8, augment: addNoiseHere }), request);
    expect(inMain).toEqual(inWorkers);
    const plain = await readBatches(makeLoader(flat(10), { imageSize: 8, workers: 0 }), request);
    expect(inMain).not.toEqual(plain);
  });

  it.each([
    ['halve', '`augment` must make images of 8 x 8 x 1, got 4 x 8 x 1 of image '],
    ['notAFunction', '`augment.module` must export a function `notAFunction`, got number from file:'],
    ['absent', '`augment.module` must export a function `absent`, got undefined from file:'],
  ])('that is wrong is an error: %s', async (name, message) => {
    const loader = makeLoader(flat(8), { imageSize: 8, augment: { ...addNoise, export: name }, workers: 0 });
    await expect(readBatches(loader, request)).rejects.toThrow(message);
  });

  it('that is not there is an error', async () => {
    const loader = makeLoader(flat(8), { imageSize: 8, augment: { module: 'file:///absent.js' }, workers: 1 });
    await expect(readBatches(loader, request)).rejects.toThrow(
      'imageLoader: `augment.module` must be a module that can be imported, got file:///absent.js: ',
    );
  });

  it('that ends its worker is an error, in every pass', async () => {
    const loader = makeLoader(flat(40), { imageSize: 8, augment: { ...addNoise, export: 'crash' }, workers: 1 });
    for (let pass = 0; pass < 2; pass++) {
      await expect(readBatches(loader, request)).rejects.toThrow(
        'imageLoader: a worker ended while it made images with code 3.',
      );
    }
    // Evaluation does not call it: the loader still works.
    expect((await readBatches(loader, evaluation)).length).toBe(10);
  });
});

describe('corrupt images', () => {
  /** Twelve photos, of which number 2 is cut off, 5 is empty, 9 is a text, and 10 is not there. */
  async function damaged(): Promise<ImageSource> {
    const folder = tempFolder();
    await writePhotos(folder, 4);
    const source = imageFolder(folder);
    const path = (index: number) => (source.read(index) as { image: { path: string } }).image.path;
    writeFileSync(path(2), readFileSync(path(2)).subarray(0, -200));
    writeFileSync(path(5), '');
    writeFileSync(path(9), 'not an image');
    rmSync(path(10));
    return source;
  }

  it.each([0, 2])('are left out, counted, and leave the other labels right (%i workers)', async (workers) => {
    const source = await damaged();
    const loader = makeLoader(source, { imageSize: 16, crop: 'none', corrupt: 'skip', workers });
    const whole = makeLoader(source, { imageSize: 16, crop: 'none', workers: 0, corrupt: 'skip' });
    const one = async (index: number) => {
      const alone: ImageSource = { ...source, length: 1, read: () => source.read(index) };
      const [batch] = await readBatches(makeLoader(alone, { imageSize: 16, crop: 'none', workers: 0 }), evaluation);
      return [...batch!.images];
    };
    const batches = await readBatches(loader, evaluation);
    expect(batches.map(({ shape }) => shape[0])).toEqual([3, 3, 2]);
    expect(batches.flatMap(({ labels }) => labels)).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
    const expected = [];
    for (const index of [0, 1, 3, 4, 6, 7, 8, 11]) expected.push(...(await one(index)));
    expect(batches.flatMap(({ images }) => [...images])).toEqual(expected);
    expect(loader.skipped.map(({ index, name }) => [index, name])).toEqual([
      [2, 'a/2.jpg'],
      [5, 'b/1.jpg'],
      [9, 'c/1.jpg'],
      [10, 'c/2.jpg'],
    ]);
    expect(loader.skipped.map(({ reason }) => reason).join()).toMatch(
      /.+,.*empty.*,.*unsupported image format.*,ENOENT.*/i,
    );
    // A second pass finds the same, and counts them once; a shuffled one too.
    await readBatches(loader, { ...request, batchSize: 12 });
    expect(loader.skipped.length).toBe(4);
    await readBatches(whole, { ...request, batchSize: 12 });
    expect(whole.skipped.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([2, 5, 9, 10]);
  });

  it.each([0, 2])('are an error that names them otherwise (%i workers)', async (workers) => {
    const loader = makeLoader(await damaged(), { imageSize: 16, workers });
    await expect(readBatches(loader, evaluation)).rejects.toThrow(
      /^imageLoader: image 2, a\/2\.jpg, must be a whole image: .+\. With corrupt: 'skip' such images are left out and counted\.$/,
    );
  });

  it('leave out the images that they are mixed into', async () => {
    const source = await damaged();
    const mix = { kinds: ['mixup'] } as const;
    const loader = makeLoader(source, { imageSize: 16, corrupt: 'skip', workers: 0, mix });
    const batches = await readBatches(loader, { ...request, batchSize: 12 });
    const [batch] = batches;
    // Four of twelve are corrupt, and each is in two outputs, some of which have two of them.
    expect(batch!.shape[0]).toBeGreaterThanOrEqual(4);
    expect(batch!.shape[0]).toBeLessThan(12 - 3);
    expect(batch!.labels.length).toBe(batch!.shape[0]! * 3);
  });

  it('are an error when a batch holds nothing else', async () => {
    const source = await damaged();
    const only: ImageSource = { ...source, length: 2, read: (index) => source.read([5, 9][index]!) };
    const loader = makeLoader(only, { imageSize: 16, corrupt: 'skip', workers: 0 });
    await expect(readBatches(loader, evaluation)).rejects.toThrow(
      'all 2 images of a batch are corrupt, among them b/1.jpg',
    );
  });
});

describe('reading', () => {
  const counting = (source: ImageSource) => {
    const counted = { ...source, reads: 0 };
    return Object.assign(counted, {
      length: source.length,
      numClasses: source.numClasses,
      channels: source.channels!,
      normalization: source.normalization!,
      read(index: number) {
        counted.reads++;
        return source.read(index);
      },
    });
  };

  it.each([0, 2])('is at most `prefetch` batches ahead, and ends with the loop (%i workers)', async (workers) => {
    const source = counting(flat(200));
    const loader = makeLoader(source, { imageSize: 8, workers, prefetch: 2 });
    let taken = 0;
    for await (const { images, labels } of loader.batches(request)) {
      images.dispose();
      labels.dispose();
      taken++;
      // Time for more than it may do, if it did.
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(source.reads).toBe((taken + 3) * 4);
      if (taken === 5) break;
    }
    await loader.dispose();
    expect(source.reads).toBe(32);
  });

  it('may fail, which is the pass’s error', async () => {
    const source: ImageSource = {
      ...flat(8),
      length: 8,
      numClasses: 5,
      channels: 1,
      read: () => Promise.reject(new Error('no disk')),
    };
    await expect(
      readBatches(makeLoader(source, { imageSize: 8, workers: 1, normalization: { mean: 0, std: 1 } }), request),
    ).rejects.toThrow('no disk');
  });

  it('refuses labels out of range', async () => {
    const source: ImageSource = {
      length: 8,
      numClasses: 5,
      channels: 1,
      read: () => ({ ...flat(1).read(0), label: 5 }),
    };
    const loader = makeLoader(source, { imageSize: 8, workers: 0, normalization: { mean: 0, std: 1 } });
    await expect(readBatches(loader, request)).rejects.toThrow(
      '`source` must give labels in [0, 5), got 5 for image 0.',
    );
  });

  it('goes on in several passes at once', async () => {
    const loader = makeLoader(flat(30), { imageSize: 8, workers: 2, augment: addNoise });
    const passes = await Promise.all([1, 2, 1].map((shuffleSeed) => readBatches(loader, { ...request, shuffleSeed })));
    expect(passes[0]).toEqual(passes[2]);
    expect(passes[0]).not.toEqual(passes[1]);
  });

  it('leaves batches alone that were handed out, while later ones and another pass are made', async () => {
    const loader = makeLoader(flat(40), { imageSize: 8, workers: 2, augment: addNoise, prefetch: 1 });
    const kept = [];
    for await (const batch of loader.batches(request)) kept.push(batch);
    const again = await readBatches(loader, request);
    expect(kept.map(({ images }) => images.dataSync())).toEqual(again.map(({ images }) => images));
    for (const { images, labels } of kept) {
      images.dispose();
      labels.dispose();
    }
  });

  it('works again after dispose', async () => {
    const loader = makeLoader(flat(8), { imageSize: 8, workers: 1 });
    const first = await readBatches(loader, request);
    await loader.dispose();
    await loader.dispose();
    expect(await readBatches(loader, request)).toEqual(first);
  });
});

it.each<[object, string]>([
  [{ imageSize: undefined }, '`imageSize` must be a side or [height, width], got undefined.'],
  [{ imageSize: [8, 0] }, '`imageSize` must be an integer >= 1, got 0.'],
  [{ workers: -1 }, '`workers` must be an integer >= 0, got -1.'],
  [{ prefetch: 0.5 }, '`prefetch` must be an integer >= 0, got 0.5.'],
  [{ corrupt: 'ignore' }, "`corrupt` must be 'error' or 'skip', got \"ignore\"."],
  [{ crop: 'centre' }, '`crop` must be one of resize_crop_32, crop_resize, none, got "centre".'],
  [{ channels: 4 }, '`channels` must be 1 or 3, got 4.'],
  [{ normalization: { mean: [1, 2], std: 1 } }, 'one for each of 1 channels, got [1,2].'],
  [{ augment: (image: object) => image, workers: 1 }, '`augment` must be a module when there are `workers`'],
  [{ augment: [{ op: 'twirl' }] }, '`spec[0].op` must be one of'],
  [{ mix: { kinds: [] } }, "`mix.kinds` must list 'mixup', 'cutmix' or both, got []."],
  [{ mix: { kinds: ['blend'] } }, '`kind` must be mixup or cutmix, got "blend".'],
  [{ mix: { kinds: ['mixup'], alpha: 0 } }, '`alpha` must be > 0, got 0.'],
])('refuses %o', (change, message) => {
  expect(() => imageLoader(flat(8), { imageSize: 8, workers: 0, ...change } as ImageLoaderOptions)).toThrow(message);
});

it('refuses grey images without a normalization', () => {
  const source: ImageSource = { length: 2, numClasses: 2, read: () => Promise.reject(new Error('unread')) };
  expect(() => imageLoader(source, { imageSize: 8, channels: 1 })).toThrow(
    '`normalization` must be given for images of one channel',
  );
});
