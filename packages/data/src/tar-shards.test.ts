import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { tempFolder } from './__fixtures__/temp-folder.js';
import type { FilePart } from './image-source.js';
import { tarShards } from './node.js';

type File = readonly [name: string, content: string | Uint8Array, header?: Partial<Header>];

/** A tar archive, as another library writes it. */
function tar(files: readonly File[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content, header] of files) archive.entry({ ...header, name }, Buffer.from(content));
  archive.finalize();
  return buffer(archive);
}

async function write(files: readonly File[], name = '0.tar', folder = tempFolder()): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await tar(files));
  return path;
}

const contentOf = ({ path, start, length }: FilePart) =>
  readFileSync(path)
    .subarray(start, start! + length!)
    .toString('utf8');

it('groups files by their names up to the first dot, whatever their order, and finds each image again', async () => {
  const path = await write([
    ['a/001.jpg', 'first image'],
    ['a/001.cls', '2\n'],
    ['a/002.cls', '0'],
    ['a/002.seg.png', 'not this'],
    ['a/002.PNG', 'second image, longer than a block: '.repeat(50)],
    ['README', 'no sample'],
    ['b/001.json', '{"label": 1, "text": "\u{1F40E}"}'],
    ['b/001.webp', 'third image'],
  ]);
  const source = tarShards(path, { numClasses: 3, classNames: ['x', 'y', 'z'] });
  expect([source.length, source.numClasses, source.classNames]).toEqual([3, 3, ['x', 'y', 'z']]);
  const samples = [0, 1, 2].map((i) => source.read(i) as { label: number; image: FilePart; name: string });
  expect(samples.map(({ label }) => label)).toEqual([2, 0, 1]);
  expect(samples.map(({ name }) => name)).toEqual(['a/001', 'a/002', 'b/001'].map((key) => `${path}: ${key}`));
  expect(contentOf(samples[0]!.image)).toBe('first image');
  expect(contentOf(samples[1]!.image)).toBe('second image, longer than a block: '.repeat(50));
  expect(contentOf(samples[2]!.image)).toBe('third image');
  expect(() => source.read(3)).toThrow('tarShards: index must be in [0, 3), got 3.');
});

it('reads the shards of a folder in the order of their names, or those that are listed', async () => {
  const folder = tempFolder();
  const sample = (label: number): File[] => [
    ['0.jpg', `image ${label}`],
    ['0.cls', String(label)],
  ];
  const second = await write(sample(1), 's-1.tar', folder);
  const first = await write(sample(0), 's-0.tar', folder);
  writeFileSync(join(folder, 'notes.txt'), '');
  const labels = (shards: string | string[]) => {
    const source = tarShards(shards, { numClasses: 2 });
    return Array.from({ length: source.length }, (_, i) => (source.read(i) as { label: number }).label);
  };
  expect(labels(folder)).toEqual([0, 1]);
  expect(labels([second, first])).toEqual([1, 0]);
});

it('reads names longer than a header has room for, and passes over folders and links', async () => {
  const long = `${'deep/'.repeat(40)}${'n'.repeat(120)}`;
  const path = await write([
    ['folder', '', { type: 'directory' }],
    [`${long}.jpg`, 'image'],
    [`${long}.cls`, '1'],
    [`${'p/'.repeat(60)}ustar.jpg`, 'prefixed'],
    [`${'p/'.repeat(60)}ustar.cls`, '0'],
    ['été.jpg', 'pax'],
    ['été.cls', '1'],
    ['link.jpg', '', { type: 'symlink', linkname: 'été.jpg' }],
  ]);
  const source = tarShards(path, { numClasses: 2 });
  const names = Array.from({ length: source.length }, (_, i) => (source.read(i) as { name: string }).name);
  expect(names).toEqual([long, `${'p/'.repeat(60)}ustar`, 'été'].map((key) => `${path}: ${key}`));
});

it('reads GNU’s long names', async () => {
  const long = `${'deep/'.repeat(40)}x.jpg`;
  const archive = await tar([
    ['L', `${long}\0`],
    ['short.jpg', 'image'],
    ['deep/x.cls', '1'],
  ]);
  // Make the first entry what GNU tar writes before a file whose name is too long: type L, and the checksum mended.
  archive[156] = 'L'.charCodeAt(0);
  const sum = archive.subarray(0, 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const folder = tempFolder();
  writeFileSync(join(folder, 'a.tar'), archive);
  expect(() => tarShards(folder, { numClasses: 2 })).toThrow(`${'deep/'.repeat(40)}x must have a label`);
});

it.each<[string, readonly File[], string]>([
  ['no label', [['1.jpg', 'x']], '1 must have a label in a .cls or .json, got .jpg.'],
  [
    'no image',
    [['1.cls', '0']],
    '1 must have one image (.jpg, .jpeg, .png, .webp, .avif, .gif, .tif, .tiff), got 0 among .cls.',
  ],
  [
    'two images',
    [
      ['1.jpg', ''],
      ['1.png', ''],
      ['1.cls', '0'],
    ],
    'got 2 among .jpg, .png, .cls.',
  ],
  [
    'a label out of range',
    [
      ['1.jpg', ''],
      ['1.cls', '3'],
    ],
    '1 must have a label in [0, 3), got "3".',
  ],
  [
    'a label that is no number',
    [
      ['1.jpg', ''],
      ['1.cls', 'cat'],
    ],
    'got "cat".',
  ],
  [
    'an empty label',
    [
      ['1.jpg', ''],
      ['1.cls', ''],
    ],
    'got "".',
  ],
  [
    'a negative label',
    [
      ['1.jpg', ''],
      ['1.cls', '-1'],
    ],
    'got "-1".',
  ],
  [
    'JSON without label',
    [
      ['1.jpg', ''],
      ['1.json', '{"cls": 1}'],
    ],
    'in [0, 3) under "label", got undefined.',
  ],
  [
    'JSON with a string',
    [
      ['1.jpg', ''],
      ['1.json', '{"label": "1"}'],
    ],
    'got "1".',
  ],
  [
    'null for JSON',
    [
      ['1.jpg', ''],
      ['1.json', 'null'],
    ],
    'got undefined.',
  ],
  [
    'broken JSON',
    [
      ['1.jpg', ''],
      ['1.json', '{'],
    ],
    '1 must have JSON in its .json',
  ],
  ['no sample', [['README', 'x']], '`shards` must hold samples, got none in "'],
])('refuses %s', async (_, files, message) => {
  const path = await write(files);
  expect(() => tarShards(path, { numClasses: 3 })).toThrow(message);
  expect(() => tarShards(path, { numClasses: 3 })).toThrow(path);
});

it('takes the label of JSON from where it is told', async () => {
  const path = await write([
    ['1.jpg', ''],
    ['1.json', '{"cls": 2}'],
  ]);
  expect((tarShards(path, { numClasses: 3, jsonLabel: 'cls' }).read(0) as { label: number }).label).toBe(2);
});

it('refuses archives that are cut off, compressed, or none', async () => {
  const folder = tempFolder();
  const path = join(folder, 'a.tar');
  const whole = await tar([
    ['1.jpg', 'x'.repeat(1000)],
    ['1.cls', '1'],
  ]);
  const refusal = (content: Uint8Array) => {
    writeFileSync(path, content);
    return expect(() => tarShards(path, { numClasses: 2 }));
  };
  refusal(whole.subarray(0, 1000)).toThrow(
    `tarShards: ${path} must hold 1000 bytes of an entry at 512, and ends at byte 1000.`,
  );
  refusal(whole.subarray(0, 1536)).toThrow(
    'must end with an empty block, and ends at byte 1536. It is cut off: fetch it again.',
  );
  refusal(gzipSync(whole).subarray(0)).toThrow(/gzip: images are read at random, so unpack it with gunzip|cut off/);
  refusal(Buffer.concat([gzipSync(whole), Buffer.alloc(2048)])).toThrow('unpack it with gunzip');
  refusal(Buffer.alloc(1024, 'no tar ')).toThrow('must be an uncompressed tar archive, got no header at byte 0.');
});
