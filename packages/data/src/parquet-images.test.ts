import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { tempFolder } from './__fixtures__/temp-folder.js';
import { parquetImages } from './node.js';

interface FileOptions {
  readonly labels?: readonly (number | null)[];
  readonly first?: number;
  readonly names?: readonly string[];
  readonly codec?: 'SNAPPY' | 'UNCOMPRESSED';
}

/** The image of row `row`: bytes that are no text, so that reading them as text would show. */
const imageOf = (row: number) => Uint8Array.from({ length: 50 + row }, (_, i) => (200 + row * 7 + i) % 256);

/** A file as the hub's: `image: { bytes, path }`, `label: int64`, two rows to a group. */
function hubFile({ labels = [0, 1, 2, 1, 0], first = 0, names, codec = 'SNAPPY' }: FileOptions): Uint8Array {
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 2 },
    { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
    { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    { name: 'label', type: 'INT64', repetition_type: 'OPTIONAL' },
  ];
  const image = labels.map((_, row) => ({ bytes: imageOf(first + row), path: `${first + row}.png` }));
  const label = labels.map((value) => (value === null ? null : BigInt(value)));
  const info = { info: { features: { image: { _type: 'Image' }, label: { names, _type: 'ClassLabel' } } } };
  return new Uint8Array(
    parquetWriteBuffer({
      schema,
      columnData: [
        { name: 'image', data: image },
        { name: 'label', data: label },
      ],
      codec,
      rowGroupSize: 2,
      ...(names && { kvMetadata: [{ key: 'huggingface', value: JSON.stringify(info) }] }),
    }),
  );
}

function write(content: Uint8Array, name = 'a.parquet', folder = tempFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('files of the hub', () => {
  it.each(['SNAPPY', 'UNCOMPRESSED'] as const)('are read by row, with class names and labels (%s)', async (codec) => {
    const folder = tempFolder();
    write(hubFile({ names: ['cat', 'dog', 'elk'], codec }), 'train-00000-of-00002.parquet', folder);
    write(
      hubFile({ labels: [2, 2], first: 5, names: ['cat', 'dog', 'elk'], codec }),
      'train-00001-of-00002.parquet',
      folder,
    );
    const source = await parquetImages(folder);
    expect([source.length, source.numClasses, source.classNames]).toEqual([7, 3, ['cat', 'dog', 'elk']]);
    const order = [6, 0, 3, 2, 5, 4, 1, 3];
    const samples = await Promise.all(order.map((row) => source.read(row)));
    expect(samples.map(({ label }) => label)).toEqual([2, 0, 1, 2, 2, 0, 1, 1]);
    for (const [i, { image }] of samples.entries()) expect(image).toEqual(imageOf(order[i]!));
    expect(samples[0]!.name).toBe(`${join(folder, 'train-00001-of-00002.parquet')}, row 1`);
    await expect(source.read(7)).rejects.toThrow('parquetImages: index must be in [0, 7), got 7.');
  });

  it('are read again when the memory for them is small', async () => {
    const source = await parquetImages(write(hubFile({})), { numClasses: 3, cacheBytes: 1 });
    for (const row of [0, 4, 1, 3, 0, 2]) expect((await source.read(row)).image).toEqual(imageOf(row));
  });
});

it('reads bytes that are a column themselves, under other names', async () => {
  const data = [0, 1, 2].map(imageOf);
  const content = parquetWriteBuffer({
    columnData: [
      { name: 'jpg', data, type: 'BYTE_ARRAY' },
      { name: 'cls', data: [1, 0, 1], type: 'INT32' },
    ],
  });
  const path = write(new Uint8Array(content));
  const source = await parquetImages([path], { imageColumn: 'jpg', labelColumn: 'cls', classNames: ['no', 'yes'] });
  expect([source.numClasses, await source.read(2)]).toEqual([
    2,
    { label: 1, image: imageOf(2), name: `${path}, row 2` },
  ]);
});

it.each<[string, FileOptions, object, string]>([
  ['a label out of range', { labels: [0, 1, 3] }, { numClasses: 3 }, 'must have labels in [0, 3), got 3 in row 2.'],
  ['a label of -1, as of test sets', { labels: [-1, -1] }, { numClasses: 3 }, 'got -1 in row 0.'],
  ['a missing label', { labels: [0, null] }, { numClasses: 3 }, 'got NaN in row 1.'],
  ['unknown classes', {}, {}, '`numClasses` must be given, for the files do not name their classes.'],
  [
    'other class names',
    { names: ['cat', 'dog'] },
    { numClasses: 3 },
    '`classNames` must be 3 names, one for each class, got 2.',
  ],
  ['no such column', {}, { numClasses: 3, labelColumn: 'y' }, 'must have a column "y", got ["image","label"].'],
])('refuses %s', async (_, file, options, message) => {
  await expect(parquetImages(write(hubFile(file)), options)).rejects.toThrow(message);
});

it('refuses files that are cut off or none', async () => {
  const content = hubFile({});
  await expect(parquetImages(write(content.subarray(0, 300)), { numClasses: 3 })).rejects.toThrow(
    'must be a whole Parquet file',
  );
  await expect(parquetImages(write(Buffer.from('no')), { numClasses: 3 })).rejects.toThrow(
    'must be a whole Parquet file',
  );
  const folder = tempFolder();
  await expect(parquetImages(folder)).rejects.toThrow(`must be a folder of .parquet files, got ${folder}.`);
});

it('names the file when the pages of an image are damaged', async () => {
  const path = write(hubFile({}));
  const source = await parquetImages(path, { numClasses: 3, cacheBytes: 1 });
  const content = readFileSync(path);
  content.fill(0xff, 4, 60);
  writeFileSync(path, content);
  await expect(source.read(0)).rejects.toThrow(`parquetImages: ${path}, rows from 0 on, must be whole`);
});

it('names the row that has no image', async () => {
  const data = [imageOf(0), null];
  const content = parquetWriteBuffer({
    columnData: [
      { name: 'image', data, type: 'BYTE_ARRAY', nullable: true },
      { name: 'label', data: [1, 0], type: 'INT32' },
    ],
  });
  const path = write(new Uint8Array(content));
  const source = await parquetImages(path, { numClasses: 2 });
  await expect(source.read(1)).rejects.toThrow(
    `parquetImages: ${path}, row 1 must have an image's bytes in "image", got undefined.`,
  );
});
