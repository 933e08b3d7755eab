import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readBatches } from '../__fixtures__/read-batches.js';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { imageLoader, parquetImages } from '../node.js';

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
  ['a missing label', { labels: [0, null] }, { numClasses: 3 }, 'got null in row 1.'],
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
    `parquetImages: ${path}, row 1 must have an image's bytes in "image", got null.`,
  );
});

describe('labels that are no class numbers', () => {
  type Column = { data: unknown[]; type?: string; nullable?: boolean };
  const fileOf = (label: Column) =>
    write(
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'image', data: label.data.map((_, row) => imageOf(row)), type: 'BYTE_ARRAY' },
            { name: 'label', nullable: true, ...label } as never,
          ],
        }),
      ),
    );

  it.each<[string, Column, string]>([
    [
      'bytes',
      { data: [new Uint8Array(0), Uint8Array.of(48)], type: 'BYTE_ARRAY' },
      'or names of `classNames`, got BYTE_ARRAY.',
    ],
    ['times', { data: [new Date(0), new Date(1)], type: 'TIMESTAMP' }, 'got TIMESTAMP'],
    ['truth values', { data: [true, false], type: 'BOOLEAN' }, 'got BOOLEAN.'],
    ['JSON', { data: [{ a: 1 }, { a: 2 }], type: 'JSON' }, 'got JSON.'],
    [
      'UUIDs',
      { data: ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'], type: 'UUID' },
      'got UUID.',
    ],
    ['halves', { data: [1, 0.5], type: 'DOUBLE' }, 'must have labels in [0, 3), got 0.5 in row 1.'],
    ['NaN', { data: [1, Number.NaN], type: 'DOUBLE' }, 'got NaN in row 1.'],
    ['nulls', { data: [1, null], type: 'DOUBLE' }, 'got null in row 1.'],
    ['64 bits', { data: [1n, 2n ** 60n], type: 'INT64' }, 'got 1152921504606846976 in row 1.'],
  ])('are refused: %s', async (_, column, message) => {
    const path = fileOf(column);
    await expect(parquetImages(path, { numClasses: 3 })).rejects.toThrow(message);
    await expect(parquetImages(path, { numClasses: 3 })).rejects.toThrow(path);
  });

  it('are refused: lists and structs', async () => {
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 2 },
      { name: 'image', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
      { name: 'label', num_children: 1, repetition_type: 'OPTIONAL', converted_type: 'LIST' },
      { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
      { name: 'element', type: 'INT32', repetition_type: 'OPTIONAL' },
    ];
    const columnData = [
      { name: 'image', data: [imageOf(0), imageOf(1)] },
      { name: 'label', data: [[0], []] },
    ];
    const path = write(new Uint8Array(parquetWriteBuffer({ schema, columnData })));
    await expect(parquetImages(path, { numClasses: 3 })).rejects.toThrow('must have class numbers in "label"');
    await expect(parquetImages(path, { numClasses: 3 })).rejects.toThrow('got lists.');
    // The image is a struct, without a number in it.
    await expect(parquetImages(write(hubFile({})), { numClasses: 3, labelColumn: 'image' })).rejects.toThrow(
      'got structs of bytes, path.',
    );
    await expect(parquetImages(write(hubFile({})), { numClasses: 3, imageColumn: 'label' })).rejects.toThrow(
      'must have bytes of images in "label", or structs with `bytes`, got INT64.',
    );
  });

  it.each([['0'], [''], [' '], ['0x1'], ['1e0'], ['cow']])('are no names either: %o', async (text) => {
    const path = fileOf({ data: ['cat', text], type: 'STRING' });
    await expect(parquetImages(path, { numClasses: 3 })).rejects.toThrow(
      'parquetImages: `classNames` must be given, for "label" holds names such as "cat": the first name is class 0.',
    );
    await expect(parquetImages(path, { classNames: ['cat', 'dog'] })).rejects.toThrow(
      `${path} must have labels in [0, 2) or of \`classNames\`, got ${JSON.stringify(text)} in row 1.`,
    );
  });

  it('are names of `classNames`, whatever they look like', async () => {
    const path = fileOf({ data: ['cat', '1', 'dog'], type: 'STRING' });
    const source = await parquetImages(path, { classNames: ['1', 'dog', 'cat'] });
    const labels = await Promise.all([0, 1, 2].map(async (row) => (await source.read(row)).label));
    expect(labels).toEqual([2, 0, 1]);
  });

  it('may be whole floats', async () => {
    const source = await parquetImages(fileOf({ data: [2, 0], type: 'FLOAT' }), { numClasses: 3 });
    expect([(await source.read(0)).label, (await source.read(1)).label]).toEqual([2, 0]);
  });
});

describe('what the hub says of a file', () => {
  const withText = (value: string) =>
    write(
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'image', data: [imageOf(0), imageOf(1)], type: 'BYTE_ARRAY' },
            { name: 'label', data: [0, 1], type: 'INT32' },
          ],
          kvMetadata: [{ key: 'huggingface', value }],
        }),
      ),
    );

  it.each([
    '{',
    'null',
    '{"info": null}',
    '{"info": {"features": {"label": null}}}',
    '{"info": {"features": {"label": {"names": {"0": "a"}}}}}',
  ])('is not needed where it is no use: %s', async (text) => {
    const path = withText(text);
    expect((await parquetImages(path, { numClasses: 2 })).length).toBe(2);
    await expect(parquetImages(path)).rejects.toThrow('`numClasses` must be given, for the files do not name their');
  });

  it('is told where it is broken and needed', async () => {
    const path = withText('{');
    await expect(parquetImages(path)).rejects.toThrow(`What "huggingface" says in ${path} is no JSON: `);
  });

  it('must be the same in all files', async () => {
    const folder = tempFolder();
    write(hubFile({ names: ['cat', 'dog', 'elk'] }), 'a.parquet', folder);
    const second = write(hubFile({ names: ['dog', 'cat', 'elk'] }), 'b.parquet', folder);
    await expect(parquetImages(folder)).rejects.toThrow(
      `${second} must have the class names of the files before it, got ["dog","cat","elk"] after ["cat","dog","elk"].`,
    );
  });
});

it('refuses a folder with several parts of a data set', async () => {
  const folder = tempFolder();
  for (const name of ['train-0.parquet', 'test-0.parquet']) write(hubFile({}), name, folder);
  await expect(parquetImages(folder, { numClasses: 3 })).rejects.toThrow(`and ${folder} has files of train, test.`);
});

it.each<[unknown, unknown, string]>([
  [
    undefined,
    {},
    'parquetImages: `files` must be a folder, the path of a file or an array of such paths, got undefined.',
  ],
  ['a', { label: 'y' }, 'parquetImages: no option `label`; did you mean `labelColumn`?'],
  ['a', { cacheBytes: 0 }, '`cacheBytes` must be a number > 0, got 0.'],
  ['a', { classNames: 'cat' }, '`classNames` must be an array of names, one for each class, got "cat".'],
])('refuses the arguments %o, %o', async (files, options, message) => {
  await expect(parquetImages(files as string, options as object)).rejects.toThrow(message);
});

it('costs the image of a row alone, where its page is damaged', async () => {
  const path = write(hubFile({}));
  const content = readFileSync(path);
  const source = await parquetImages(path, { numClasses: 3, cacheBytes: 1 });
  // The bytes of the first group's images, not their header.
  content.fill(0xff, 60, 100);
  writeFileSync(path, content);
  const loader = imageLoader(source, { imageSize: 8, workers: 0, corrupt: 'skip' });
  await expect(readBatches(loader, { batchSize: 2, partialBatch: 'keep' })).rejects.toThrow('all 5 images of the pass');
  expect(loader.skipped.length).toBe(5);
});
