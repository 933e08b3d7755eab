import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAugmentName, type SampleTransform } from '@nfnets/augment';
import { preprocess, readImage } from '@nfnets/inference';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readBatches } from '../__fixtures__/read-batches.js';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { arrayDataset, type BatchRequest, type ImageSource, type Sample } from '../index.js';
import { type ImageLoader, type ImageLoaderOptions, imageFolder, imageLoader } from '../node.js';
import addNoiseHere from './__fixtures__/add-noise.js';
import { writePhotos } from './__fixtures__/photos.js';

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

  it('are an error when a pass holds nothing else', async () => {
    const source = await damaged();
    const only: ImageSource = { ...source, length: 2, read: (index) => source.read([5, 9][index]!) };
    const loader = makeLoader(only, { imageSize: 16, corrupt: 'skip', workers: 0 });
    await expect(readBatches(loader, evaluation)).rejects.toThrow(
      'all 2 images of the pass are corrupt, among them b/1.jpg',
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

  it.each<[unknown, string]>([
    [1n, 'got 1n for image 0. Make numbers of them, as Number(label) does.'],
    ['1', 'got "1" for image 0. Make numbers of them, as Number(label) does.'],
    [true, 'got true for image 0.'],
    [undefined, 'got undefined for image 0.'],
  ])('refuses the label %s, though something can be skipped', async (label, message) => {
    const source = {
      length: 8,
      numClasses: 5,
      channels: 1,
      read: () => ({ ...flat(1).read(0), label }),
    } as ImageSource;
    const settings = { imageSize: 8, workers: 0, normalization: { mean: 0, std: 1 }, corrupt: 'skip' } as const;
    await expect(readBatches(makeLoader(source, settings), request)).rejects.toThrow(message);
  });

  it('names pixels of another type than bytes', async () => {
    const image = { data: new Float32Array(64), height: 8, width: 8, channels: 1 } as never;
    const source: ImageSource = {
      length: 1,
      numClasses: 2,
      channels: 1,
      read: () => ({ label: 0, image, name: 's0' }),
    };
    const loader = makeLoader(source, { imageSize: 8, workers: 0, normalization: { mean: 0, std: 1 } });
    await expect(readBatches(loader, { batchSize: 1, partialBatch: 'keep' })).rejects.toThrow(
      's0, must be an image: pixels, the bytes of a file, or { path }: got pixels in a Float32Array of 256 bytes in place of a Uint8Array.',
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
  [{ corrupt: 'ignore' }, "`corrupt` must be one of 'error', 'skip', got \"ignore\"."],
  [{ crop: 'centre' }, "`crop` must be one of 'resize_crop_32', 'crop_resize', 'none', got \"centre\"."],
  [{ channels: 4 }, '`channels` must be one of 1, 3, got 4.'],
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

describe('an image that cannot be had', () => {
  const small = async (width: number, height: number) =>
    new Uint8Array(
      await sharp(Buffer.alloc(width * height * 3, 100), { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    );
  const sourceOf = (
    images: readonly (Sample['image'] | null | Error)[],
    labelOf = (index: number) => index % 2,
  ): ImageSource => ({
    length: images.length,
    numClasses: 2,
    read(index) {
      const image = images[index];
      if (image instanceof Error) throw image;
      return { label: labelOf(index), image: image!, name: `s${index}` };
    },
  });
  const labelsOf = async (loader: ImageLoader, each: BatchRequest) =>
    (await readBatches(loader, each)).map(({ labels }) => labels);

  it.each([0, 1])('alone in the last batch, or in any, leaves that batch out (%i workers)', async (workers) => {
    const png = await small(40, 40);
    const broken = png.subarray(0, 60);
    const last = makeLoader(sourceOf([png, png, png, png, broken]), { imageSize: 8, workers, corrupt: 'skip' });
    expect(await labelsOf(last, evaluation)).toEqual([[0, 1, 0, 1]]);
    expect(last.skipped.map(({ index, name }) => [index, name])).toEqual([[4, 's4']]);
    const whole = makeLoader(sourceOf([png, png, broken, broken, png]), { imageSize: 8, workers, corrupt: 'skip' });
    expect(await labelsOf(whole, { batchSize: 2, partialBatch: 'keep' })).toEqual([[0, 1], [0]]);
    // A pass that is resumed at a batch of which nothing is left has had its images before.
    expect(await labelsOf(last, { ...evaluation, firstBatch: 1 })).toEqual([]);
  });

  it('is one whose `read` rejects, or gives nothing, too', async () => {
    const png = await small(8, 8);
    const images = [png, new Error('net down.'), null, png, { data: png, height: 1, width: 2, channels: 3 }];
    const loader = makeLoader(sourceOf(images), { imageSize: 8, workers: 0, corrupt: 'skip' });
    expect(await labelsOf(loader, evaluation)).toEqual([[0, 1]]);
    expect(loader.skipped).toEqual([
      { index: 1, name: 'image 1', reason: 'net down' },
      { index: 2, name: 's2', reason: 'got null' },
      { index: 4, name: 's4', reason: `got ${png.length} bytes for 1 x 2 x 3` },
    ]);
    const strict = (each: (typeof images)[number]) =>
      readBatches(makeLoader(sourceOf([each]), { imageSize: 8, workers: 0 }), evaluation);
    await expect(strict(images[1]!)).rejects.toThrow(
      "imageLoader: image 0 must be one that the source can read: net down. With corrupt: 'skip' such images are left out",
    );
    await expect(strict(null)).rejects.toThrow(
      'image 0, s0, must be an image: pixels, the bytes of a file, or { path }: got null.',
    );
  });

  it('is read again in the next pass', async () => {
    const png = await small(8, 8);
    let reads = 0;
    const source = sourceOf([png, png]);
    const once: ImageSource = {
      ...source,
      read: (index) => (index === 1 && reads++ === 0 ? Promise.reject(new Error('busy')) : source.read(index)),
    };
    const loader = makeLoader(once, { imageSize: 8, workers: 0, corrupt: 'skip' });
    expect(await labelsOf(loader, evaluation)).toEqual([[0]]);
    expect(await labelsOf(loader, evaluation)).toEqual([[0, 1]]);
    expect(loader.skipped.map(({ reason }) => reason)).toEqual(['busy']);
  });

  it.each([
    [1, 1],
    [5, 3],
    [300, 2],
  ])('is one of %i x %i pixels of which the crop leaves nothing', async (width, height) => {
    const images = [await small(100, 100), await small(width, height)];
    const options = { imageSize: 8, crop: 'crop_resize', workers: 0 } as const;
    const loader = makeLoader(sourceOf(images), { ...options, corrupt: 'skip' });
    expect(await labelsOf(loader, evaluation)).toEqual([[0]]);
    await expect(readBatches(makeLoader(sourceOf(images), options), evaluation)).rejects.toThrow(
      `image 1, s1, must be large enough for the crop 'crop_resize': of its ${height} x ${width} pixels nothing is left for 8 x 8.`,
    );
  });

  it.each([0, 1])('is one that a transform of one’s own refuses (%i workers)', async (workers) => {
    const images = [await small(8, 8), await small(9, 9), await small(8, 8), await small(9, 9)];
    const augment = { module: addNoise.module, export: 'refuseOdd' };
    const loader = makeLoader(sourceOf(images), { imageSize: 8, workers, augment, corrupt: 'skip' });
    const labels = await labelsOf(loader, { ...request, batchSize: 2 });
    expect(labels.flat()).toEqual([0, 0]);
    expect(loader.skipped.map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'I do not like 9'],
      [3, 'I do not like 9'],
    ]);
    const strict = makeLoader(sourceOf(images), { imageSize: 8, workers, augment });
    await expect(readBatches(strict, request)).rejects.toThrow(
      /image [13], s[13], must be one that `augment` takes: I do not like 9\. With corrupt: 'skip'/,
    );
  });

  it('is one of which a transform makes no image, or a promise', async () => {
    const images = [await small(8, 8)];
    const pass = (augment: unknown) =>
      readBatches(makeLoader(sourceOf(images), { imageSize: 8, augment: augment as SampleTransform }), request);
    await expect(pass(() => undefined)).rejects.toThrow(
      'it must give { data, height, width, channels }, got undefined',
    );
    await expect(pass(async (image: unknown) => image)).rejects.toThrow('got an instance of Promise');
    await expect(pass((image: object) => ({ ...image, data: new Uint8Array(5) }))).rejects.toThrow(
      'must make 8 x 8 x 3 values, got 5 of s0',
    );
  });

  it('takes along the image that it is mixed with, and both are told of where both are broken', async () => {
    const png = await small(8, 8);
    const broken = png.subarray(0, 50);
    const mix = { kinds: ['mixup', 'cutmix'] } as const;
    const options = { imageSize: 8, workers: 0, mix, corrupt: 'skip' } as const;
    const loader = makeLoader(sourceOf([png, broken, png, broken, png]), options);
    const batches = await readBatches(loader, { ...request, batchSize: 5 });
    for (const { labels, shape } of batches) expect(labels.length).toBe(2 * shape[0]!);
    expect(loader.skipped.map(({ index }) => index)).toEqual([1, 3]);
    const none = makeLoader(sourceOf([broken, broken]), options);
    await expect(readBatches(none, request)).rejects.toThrow('all 2 images of the pass are corrupt, among them s0:');
    expect(none.skipped.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('may hold more pixels than sharp reads, or have another content than its name says', async () => {
    // 20,000 x 20,000 pixels, of which a PNG needs little.
    const bomb = new Uint8Array(
      await sharp({
        create: { width: 20_000, height: 20_000, channels: 3, background: 'black' },
        limitInputPixels: false,
      })
        .png({ compressionLevel: 9 })
        .toBuffer(),
    );
    const loader = makeLoader(sourceOf([await small(8, 8), bomb, Buffer.from('<html>')]), {
      imageSize: 8,
      workers: 0,
      corrupt: 'skip',
    });
    expect(await labelsOf(loader, evaluation)).toEqual([[0]]);
    expect(loader.skipped.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/pixel limit/),
      expect.stringMatching(/unsupported image format/),
    ]);
  }, 60_000);

  it('has a label that is no fault of its own', async () => {
    const source = sourceOf([await small(8, 8)], () => 2);
    const loader = makeLoader(source, { imageSize: 8, workers: 0, corrupt: 'skip' });
    await expect(readBatches(loader, evaluation)).rejects.toThrow('must give labels in [0, 2), got 2 for s0.');
  });
});

it.each<[unknown, string]>([
  [
    undefined,
    'imageLoader: `source` must be { length, numClasses, read(index) }, as imageFolder makes one, got undefined.',
  ],
  ['photos', 'got "photos".'],
  [Promise.resolve(), 'got an instance of Promise. `parquetImages` gives a promise: await it.'],
  [{ length: 0, numClasses: 2, read: () => {} }, '`source.length` must be a whole number from 1, got 0'],
  [
    { length: 2, numClasses: Number.NaN, read: () => {} },
    '`source.numClasses` must be a whole number from 2, got NaN.',
  ],
])('refuses the source %o', (source, message) => {
  expect(() => imageLoader(source as ImageSource, { imageSize: 8 })).toThrow(message);
});

it.each<[unknown, string]>([
  [undefined, 'imageLoader: options must be an object like { imageSize }, got undefined.'],
  [224, 'got 224.'],
  [{ imageSize: 8, worker: 1 }, 'imageLoader: no option `worker`; did you mean `workers`?'],
  [{ imageSize: 8, num_workers: 1 }, 'no option `num_workers`; did you mean `workers`?'],
  [{ imageSize: 8, channels: 3 }, "`channels` must be those of the source's pixels, 1, got 3."],
  [{ imageSize: 8, colourProfile: 'srgb' }, "`colourProfile` must be one of 'ignore', 'apply', got \"srgb\"."],
  [{ imageSize: 8, normalization: 255 }, 'options must be an object like { mean, std }, got 255.'],
  [{ imageSize: 8, normalization: { mean: 0, stdd: 1 } }, 'no option `stdd`; did you mean `std`?'],
  [{ imageSize: 8, mix: { kind: 'mixup' } }, 'no option `kind`; did you mean `kinds`?'],
  [{ imageSize: 8, augment: { url: 'a.js' } }, 'no option `url`.'],
  [{ imageSize: 8, augment: { module: 5 } }, '`module` must be an address as text or URL, got 5.'],
])('refuses the options %o', (options, message) => {
  expect(() => imageLoader(flat(8), options as ImageLoaderOptions)).toThrow(message);
});

it.each<[object, string]>([
  [{ batchSize: 4 }, "`partialBatch` must be one of 'drop', 'keep', got undefined."],
  [{ batchSize: 4, partialBatch: 'dropp' }, 'got "dropp"; did you mean \'drop\'?'],
  [{ batchSize: 4, partialBatch: 'keep', shuffle: true }, 'batches: no option `shuffle`; did you mean `shuffleSeed`?'],
  [{ batchSize: 4, partialBatch: 'keep', shuffleSeed: Number.NaN }, '`shuffleSeed` must be an integer, got NaN.'],
])('refuses the request %o', async (each, message) => {
  const loader = makeLoader(flat(8), { imageSize: 8, workers: 0 });
  await expect(readBatches(loader, each as BatchRequest)).rejects.toThrow(message);
  await expect(readBatches(flat(8), each as BatchRequest)).rejects.toThrow(message);
});
