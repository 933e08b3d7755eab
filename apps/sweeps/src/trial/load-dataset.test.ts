import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { useBackend } from '@nfnets/backends';
import type { Dataset } from '@nfnets/data';
import { dispose } from '@tensorflow/tfjs-core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { photos, writePhotos } from '../__fixtures__/write-photos.js';
import { planTrial } from '../plan/plan-trials.js';
import { loadDataset } from './load-dataset.js';

const configOf = (dataset: string) =>
  tinyConfig(`trial.dataset={${dataset}}`, 'trial.batchSize=4', 'axes.batchSize=null').trial.dataset;

/** The first batch of a pass: its images, its labels and their shapes. */
async function firstBatch(data: Dataset, shuffleSeed?: number) {
  for await (const { images, labels } of data.batches({
    batchSize: 4,
    partialBatch: 'keep',
    ...(shuffleSeed === undefined ? {} : { shuffleSeed }),
  })) {
    const [pixels, classes] = await Promise.all([images.data(), labels.data()]);
    const shapes = [images.shape, labels.shape];
    dispose([images, labels]);
    return { pixels: [...pixels], classes: [...classes], shapes };
  }
  throw new Error('no batch');
}

async function load(dataset: string) {
  const data = await loadDataset(configOf(dataset), 0);
  return { data, train: await firstBatch(data.train, 1), test: await firstBatch(data.test) };
}

beforeAll(() => useBackend('cpu').then(() => {}));

describe('images of the user', () => {
  it('are augmented to train on, and cut to another size to test on', async () => {
    const path = temporaryFolder();
    await writePhotos(path, { train: 4, test: 2 });
    // Those of ImageNet's test set have no labels: val comes before it.
    mkdirSync(join(path, 'test'));
    const own = `name: image_folder, path: ${path}, train: 12, test: 6, imageSize: 16, testSize: 20`;
    const { data, train, test } = await load(own);
    expect([data.train.length, data.test.length, data.train.numClasses]).toEqual([12, 6, 3]);
    expect(train.shapes).toEqual([[4, 16, 16, 3], [4]]);
    expect(test.shapes).toEqual([[4, 20, 20, 3], [4]]);
    expect(test.classes).toEqual([0, 0, 1, 1]);
    expect((await firstBatch(data.train, 1)).pixels).toEqual(train.pixels);
    expect((await firstBatch(data.train, 2)).pixels).not.toEqual(train.pixels);
    await data.dispose();

    const mixed = await load(`${own}, augment: cutmix_mixup_randaugment_405`);
    // Shares of classes instead of their numbers.
    expect(mixed.train.shapes).toEqual([
      [4, 16, 16, 3],
      [4, 3],
    ]);
    await mixed.data.dispose();
    const plain = await load(`${own}, augment: off, crop: none`);
    expect(plain.train.shapes).toEqual([[4, 16, 16, 3], [4]]);
    await plain.data.dispose();
  });

  it('may be fewer than there are, always the same ones', async () => {
    const path = temporaryFolder();
    await writePhotos(path, { train: 4, test: 2 });
    const part = (seed: number) =>
      load(`name: image_folder, path: ${path}, train: 6, test: 3, splitSeed: ${seed}, imageSize: 8, augment: off`);
    const [one, again, other] = [await part(1), await part(1), await part(2)];
    expect([one.data.train.length, one.data.test.length]).toEqual([6, 3]);
    expect(again.train).toEqual(one.train);
    expect(other.train).not.toEqual(one.train);
    for (const { data } of [one, again, other]) await data.dispose();
  });

  it('come from tar shards and Parquet files too, in folders of the parts or by their names', async () => {
    const [shards, tables] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(shards, 'train'));
    for (const [place, from] of [
      ['train/0.tar', 0],
      ['my-val-0.tar', 9],
    ] as const) {
      const archive = pack();
      for (const { label, name, bytes } of await photos(2, from)) {
        const [key, ending] = name.replace('/', '-').split('.');
        archive.entry({ name: `${key}.${ending}` }, bytes);
        archive.entry({ name: `${key}.cls` }, String(label));
      }
      archive.finalize();
      writeFileSync(join(shards, place), await buffer(archive));
    }
    for (const [place, from] of [
      ['train-00000-of-00001.parquet', 0],
      ['validation-00000-of-00001.parquet', 9],
    ] as const) {
      const rows = await photos(2, from);
      const columnData = [
        { name: 'image', data: rows.map(({ bytes }) => bytes), type: 'BYTE_ARRAY' as const },
        { name: 'label', data: rows.map(({ label }) => label), type: 'INT32' as const },
      ];
      writeFileSync(join(tables, place), new Uint8Array(parquetWriteBuffer({ columnData })));
    }
    const rest = 'train: 6, test: 6, imageSize: 12, classes: 3, crop: none, augment: off';
    const fromTar = await load(`name: tar_shards, path: ${shards}, ${rest}`);
    const fromTables = await load(`name: parquet, path: ${tables}, ${rest}`);
    expect(fromTar.test.classes).toEqual([0, 0, 1, 1]);
    expect(fromTables.test).toEqual(fromTar.test);
    expect(fromTables.train).toEqual(fromTar.train);
    await Promise.all([fromTar.data.dispose(), fromTables.data.dispose()]);
  });

  it('lie in columns that the trial names', async () => {
    const path = temporaryFolder();
    const rows = await photos(2, 0);
    for (const part of ['train', 'test']) {
      const columnData = [
        { name: 'img', data: rows.map(({ bytes }) => bytes), type: 'BYTE_ARRAY' as const },
        { name: 'fine_label', data: rows.map(({ label }) => label), type: 'INT32' as const },
        { name: 'coarse_label', data: rows.map(() => 0), type: 'INT32' as const },
      ];
      writeFileSync(join(path, `${part}-0.parquet`), new Uint8Array(parquetWriteBuffer({ columnData })));
    }
    const rest = 'train: 6, test: 6, imageSize: 12, classes: 3, crop: none, augment: off';
    const { test, data } = await load(`name: parquet, path: ${path}, image: img, label: fine_label, ${rest}`);
    expect(test.classes).toEqual([0, 0, 1, 1]);
    await data.dispose();
    await expect(load(`name: parquet, path: ${path}, ${rest}`)).rejects.toThrow(
      'must have a column "image", got ["img","fine_label","coarse_label"].',
    );
  });

  it('that cannot be read are left out where the trial says so, and told of at its end', async () => {
    const path = temporaryFolder();
    await writePhotos(path, { train: 4, test: 2 });
    const [className] = readdirSync(join(path, 'val'));
    writeFileSync(join(path, 'val', className!, 'broken.jpg'), 'no image');
    const { data, test } = await load(
      `name: image_folder, path: ${path}, train: 6, test: 7, imageSize: 8, augment: off, corrupt: skip`,
    );
    expect(test.classes).toHaveLength(3);
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await data.dispose();
    expect(write.mock.calls.join('')).toMatch(
      /^1 of 7 test images were left out, for they cannot be read:\n {2}.*\/broken\.jpg: .*unsupported image format\n$/,
    );
    write.mockRestore();
  });

  it('decide what a trial computes wherever they lie, and their augmentation does', () => {
    const idOf = (settings: string) => {
      const { trial } = tinyConfig(
        `trial.dataset={name: image_folder, train: 1024, test: 100, imageSize: 32, ${settings}}`,
      );
      return planTrial(trial).id;
    };
    const id = idOf('path: /data');
    expect(idOf('path: /mnt/data')).toBe(id);
    // What is the default anyway.
    expect(idOf('path: /data, testSize: 32, crop: resize_crop_32, augment: crop_flip, corrupt: error')).toBe(id);
    for (const other of ['testSize: 40', 'crop: none', 'augment: off', 'augment: mixup', 'corrupt: skip']) {
      expect(idOf(`path: /data, ${other}`), other).not.toBe(id);
    }
  });
});

describe('images that are not as they should be are told with the key, the rule and the way out', () => {
  const messageFor = (dataset: string) =>
    loadDataset(configOf(dataset), 0).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  const own = (path: string, more = '') =>
    `name: image_folder, path: ${path}, train: 6, test: 3, imageSize: 8${more && `, ${more}`}`;

  it('no folder, an empty one, and one without a part', async () => {
    const path = temporaryFolder();
    expect(await messageFor(own(join(path, 'absent')))).toBe(
      `trial.dataset.path: must be a folder that this machine can read, got ${path}/absent (ENOENT).`,
    );
    expect(await messageFor(own(path))).toBe(
      `trial.dataset.path: must hold train/CLASS/IMAGE.jpg and val/CLASS/IMAGE.jpg; the train images, called train, are not among what ${path} holds: nothing.`,
    );
    await writePhotos(path, { train: 2, test: 1 });
    rmSync(join(path, 'val'), { recursive: true });
    expect(await messageFor(own(path))).toBe(
      `trial.dataset.path: must hold train/CLASS/IMAGE.jpg and val/CLASS/IMAGE.jpg; the test images, called val, validation, valid, test, are not among what ${path} holds: train.`,
    );
    expect(await messageFor(own(path).replace('image_folder', 'parquet'))).toBe(
      `trial.dataset.path: must hold train-*.parquet and validation-*.parquet; the train images, called train, are not among what ${path} holds: train.`,
    );
  });

  it('too few images, a class without any, and another number of classes', async () => {
    const path = temporaryFolder();
    await writePhotos(path, { train: 2, test: 1 });
    expect(await messageFor(own(path).replace('train: 6', 'train: 7'))).toBe(
      `trial.dataset.train: must be at most 6, the train images in ${path}, got 7.`,
    );
    expect(await messageFor(own(path, 'classes: 4'))).toBe(
      `trial.dataset.classes: must be 3, the classes of the training images in ${path}, got 4. Leave it out, or mend the path.`,
    );
    mkdirSync(join(path, 'val', 'violet'));
    expect(await messageFor(own(path))).toMatch(
      /^imageFolder: .*val\/violet must hold images .*Remove it, or fill it\.$/,
    );
  });

  it('other classes to test on than to train on', async () => {
    const path = temporaryFolder();
    await writePhotos(path, { train: 2, test: 1 });
    mkdirSync(join(path, 'val', 'violet'));
    writeFileSync(join(path, 'val', 'violet', '0.jpg'), '');
    rmSync(join(path, 'val', 'green'), { recursive: true });
    expect(await messageFor(own(path))).toBe(
      `trial.dataset.path: must have the same classes to train and to test on, got 3 and 3 in ${path}; only in one: green, violet. A label would mean another class.`,
    );
  });
});

it('CIFAR-10 is augmented when a trial asks for it', async () => {
  const path = temporaryFolder();
  for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch']) {
    const record = [name.length % 10, ...Array.from({ length: 3072 }, (_, i) => i % 256)];
    writeFileSync(join(path, `${name}.bin`), Buffer.from([...record, ...record]));
  }
  const cifar = `name: cifar10, path: ${path}, train: 10, test: 2`;
  const plain = await load(cifar);
  const augmented = await load(`${cifar}, augment: crop_flip`);
  expect(augmented.train.shapes).toEqual([[4, 32, 32, 3], [4]]);
  expect(augmented.test).toEqual(plain.test);
  expect(augmented.train.pixels).not.toEqual(plain.train.pixels);
  await augmented.data.dispose();
});
