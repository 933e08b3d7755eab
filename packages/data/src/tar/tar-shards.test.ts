import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import type { FilePart } from '../dataset/image-source.js';
import { type TarShardsOptions, tarShards } from '../node.js';

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

it('reads names longer than a header has room for, passes over folders and follows links', async () => {
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
    ['link.cls', '0'],
  ]);
  const source = tarShards(path, { numClasses: 2 });
  const names = Array.from({ length: source.length }, (_, i) => (source.read(i) as { name: string }).name);
  expect(names).toEqual([long, `${'p/'.repeat(60)}ustar`, 'été', 'link'].map((key) => `${path}: ${key}`));
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
    '1 must have one image (.jpg, .jpeg, .png, .webp, .avif, .gif, .tif, .tiff, ...), got 0 among .cls.',
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

/** The labels, names and contents of a source's samples. */
const samplesOf = (path: string, options: Partial<TarShardsOptions> = {}) => {
  const source = tarShards(path, { numClasses: 3, ...options });
  return Array.from({ length: source.length }, (_, i) => {
    const { label, name, image } = source.read(i) as { label: number; name: string; image: FilePart };
    return [name.slice(path.length + 2), label, contentOf(image)];
  });
};

describe('links', () => {
  it('have the place of what they lead to: hard ones of a file before, symbolic ones of any', async () => {
    const path = await write([
      ['a/0.jpg', 'first'],
      ['a/0.cls', '0'],
      ['a/1.jpg', '', { type: 'link', linkname: 'a/0.jpg' }],
      ['a/1.cls', '1'],
      ['a/2.jpg', '', { type: 'symlink', linkname: '../b/9.jpg' }],
      ['a/2.cls', '', { type: 'symlink', linkname: './1.cls' }],
      ['b/9.jpg', 'last'],
      ['b/9.cls', '2'],
    ]);
    expect(samplesOf(path)).toEqual([
      ['a/0', 0, 'first'],
      ['a/1', 1, 'first'],
      ['a/2', 1, 'last'],
      ['b/9', 2, 'last'],
    ]);
  });

  it.each<[string, Partial<Header>, string]>([
    [
      'to what is not there',
      { type: 'symlink', linkname: 'x.jpg' },
      '0 must have an image that can be read: it is a link to x.jpg, which the archive does not have.',
    ],
    ['to themselves', { type: 'symlink', linkname: '0.jpg' }, 'it is a link to 0.jpg, which leads back to it.'],
    [
      'to a later file, where they are hard',
      { type: 'link', linkname: '1.jpg' },
      'it is a link to 1.jpg, which the archive does not have.',
    ],
  ])('are refused by name %s', async (_, header, message) => {
    const path = await write([
      ['0.jpg', '', header],
      ['0.cls', '0'],
      ['1.jpg', 'x'],
      ['1.cls', '0'],
    ]);
    expect(() => samplesOf(path)).toThrow(message);
  });

  it('are no fault where no sample needs them', async () => {
    const path = await write([
      ['0.jpg', 'x'],
      ['0.cls', '0'],
      ['0.mask.png', '', { type: 'symlink', linkname: 'gone' }],
      ['latest', '', { type: 'symlink', linkname: 'gone' }],
    ]);
    expect(samplesOf(path)).toEqual([['0', 0, 'x']]);
  });
});

it('has a sample for every group of a key, as WebDataset, and refuses two files of one ending in a group', async () => {
  const path = await write([
    ['a.jpg', 'one'],
    ['a.cls', '0'],
    ['b.jpg', 'two'],
    ['b.cls', '1'],
    ['a.jpg', 'three'],
    ['a.cls', '2'],
  ]);
  expect(samplesOf(path)).toEqual([
    ['a', 0, 'one'],
    ['b', 1, 'two'],
    ['a', 2, 'three'],
  ]);
  const twice = await write([
    ['a.jpg', 'one'],
    ['a.JPG', 'two'],
    ['a.cls', '0'],
  ]);
  expect(() => samplesOf(twice)).toThrow(`tarShards: ${twice}: a must have one file .jpg, got two.`);
});

it('joins images and labels that lie apart', async () => {
  const path = await write([
    ['a.jpg', 'one'],
    ['b.jpg', 'two'],
    ['a.cls', '0'],
    ['b.cls', '1'],
  ]);
  expect(samplesOf(path)).toEqual([
    ['a', 0, 'one'],
    ['b', 1, 'two'],
  ]);
});

it('passes over files that belong to no sample, and tells which', async () => {
  const path = await write([
    ['dataset_info.json', '{"splits": {"train": {"label": 3}}}'],
    ['index.json', 'not JSON'],
    ['README.md', '# read me'],
    ['__meta__', 'x'],
    ['__cache__/0.jpg', 'x'],
    ['.hidden.jpg', 'x'],
    ['train/v1.2/0.jpg', 'image'],
    ['train/v1.2/0.txt', 'a caption'],
    ['train/v1.2/0.cls', '1'],
  ]);
  expect(samplesOf(path)).toEqual([['train/v1.2/0', 1, 'image']]);
  expect(tarShards(path, { numClasses: 3 }).leftOut).toEqual(
    ['dataset_info.json', 'index.json', 'README.md'].map((name) => `${path}: ${name}`),
  );
  // A label without an image is no stray file.
  const lost = await write([['0.json', '{"label": 0}']]);
  expect(() => samplesOf(lost)).toThrow('0 must have one image');
});

it('takes labels that are names of `classNames`', async () => {
  const path = await write([
    ['0.jpg', ''],
    ['0.cls', 'cat\n'],
    ['1.jpg', ''],
    ['1.json', '{"label": "7"}'],
    ['2.jpg', ''],
    ['2.cls', '2'],
  ]);
  const classNames = ['7', 'cat', 'dog'];
  expect(samplesOf(path, { classNames }).map(([, label]) => label)).toEqual([1, 0, 2]);
  expect(() => samplesOf(path)).toThrow('must have a label in [0, 3), got "cat\\n". For names pass `classNames`.');
  expect(() => samplesOf(path, { classNames: ['7', 'cow', 'dog'] })).toThrow(
    'in [0, 3) or of `classNames`, got "cat\\n".',
  );
  // A name of two classes does not tell which.
  expect(() => samplesOf(path, { classNames: ['7', 'cat', 'cat'] })).toThrow('got "cat\\n".');
});

it('takes numbers that are names of `classNames` where they tell one class', async () => {
  const path = await write([
    ['a.jpg', ''],
    ['a.cls', '20'],
    ['b.jpg', ''],
    ['b.cls', ' 10\n'],
    ['c.jpg', ''],
    ['c.json', '{"label": "20"}'],
    ['d.jpg', ''],
    ['d.json', '{"label": 0}'],
  ]);
  expect(samplesOf(path, { classNames: ['10', '20', 'x'] }).map(([, label]) => label)).toEqual([1, 0, 1, 0]);
  const digits = await write([
    ['a.jpg', ''],
    ['a.cls', '1'],
  ]);
  expect(samplesOf(digits, { classNames: ['0', '1', '2'] })).toEqual([['a', 1, '']]);
  expect(() => samplesOf(digits, { classNames: ['1', '0', '2'] })).toThrow(
    'a must have a label that tells its class, got "1", the number of one class and by `classNames` the name of class 0.',
  );
});

it('passes over what Python writes into JSON beside the label: NaN, infinities, a mark of the byte order', async () => {
  const path = await write([
    ['a.jpg', ''],
    ['a.json', '{"score": NaN, "caption": "NaN, \\"Infinity\\"", "label": 1, "box": [-Infinity, Infinity]}'],
    ['b.jpg', ''],
    ['b.json', '\uFEFF{"label": 2}'],
  ]);
  expect(samplesOf(path).map(([, label]) => label)).toEqual([1, 2]);
  expect(() => samplesOf(path, { jsonLabel: 'score' })).toThrow(
    'a must have a label in [0, 3) under "score", got null.',
  );
  const named = await write([
    ['a.jpg', ''],
    ['a.json', '{"label": "NaN"}'],
  ]);
  expect(samplesOf(named, { classNames: ['x', 'NaN', 'y'] })).toEqual([['a', 1, '']]);
});

it('keeps names apart that are in Latin-1', async () => {
  const archive = await tar(
    ['x', 'y'].flatMap((key, i): File[] => [
      [`${key}.jpg`, `image ${i}`],
      [`${key}.cls`, String(i)],
    ]),
  );
  for (let at = 0; at < archive.length; at += 512) {
    const letter = { x: 0xe9, y: 0xe8 }[String.fromCharCode(archive[at]!)];
    if (letter === undefined || archive[at + 1] !== 0x2e) continue;
    const sum = Number.parseInt(archive.toString('latin1', at + 148, at + 154), 8) + letter - archive[at]!;
    archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
    archive[at] = letter;
  }
  const path = join(tempFolder(), 'latin1.tar');
  writeFileSync(path, archive);
  expect(samplesOf(path)).toEqual([
    ['é', 0, 'image 0'],
    ['è', 1, 'image 1'],
  ]);
});

it.each([['0x1'], ['1e0'], ['1.0'], [' '], ['1 2'], ['true'], ['null'], ['[]'], ['1n']])(
  'refuses the label %o',
  async (content) => {
    const path = await write([
      ['0.jpg', ''],
      ['0.cls', content],
    ]);
    expect(() => samplesOf(path)).toThrow('must have a label in [0, 3), got ');
    if (content === ' ' || content === '1n' || content === '0x1' || content === '1 2') return;
    const json = await write([
      ['0.jpg', ''],
      ['0.json', `{"label": ${content === '1e0' || content === '1.0' ? '[1]' : content}}`],
    ]);
    expect(() => samplesOf(json)).toThrow('must have a label in [0, 3) under "label", got ');
  },
);

it('ends at the first empty block, whatever follows, but for another archive', async () => {
  const archive = await tar([
    ['0.jpg', 'x'],
    ['0.cls', '1'],
  ]);
  const path = join(tempFolder(), 'a.tar');
  writeFileSync(path, Buffer.concat([archive, Buffer.alloc(10_240), Buffer.alloc(700, 'garbage')]));
  expect(samplesOf(path)).toEqual([['0', 1, 'x']]);
  writeFileSync(path, Buffer.concat([archive, Buffer.alloc(10_240), archive]));
  expect(() => samplesOf(path)).toThrow(`${path} must be one archive, and has another behind its end, at byte `);
});

it('reads sizes in binary and checksums of signed bytes, and refuses sparse files that it needs by name', async () => {
  const path = join(tempFolder(), 'a.tar');
  const make = async (change: (archive: Buffer) => void, isSigned = false) => {
    const archive = await tar([
      ['é.jpg', 'image', { pax: {} } as never],
      ['é.cls', '1'],
    ]);
    change(archive);
    for (const at of [0, 512, 1024]) {
      const header = archive.subarray(at, at + 512);
      if (!header.subarray(257, 262).equals(Buffer.from('ustar'))) continue;
      const byteAt = (i: number) => (i >= 148 && i < 156 ? 32 : isSigned ? header.readInt8(i) : header[i]!);
      const sum = Array.from({ length: 512 }, (_, i) => byteAt(i)).reduce((total, byte) => total + byte);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    }
    writeFileSync(path, archive);
  };
  await make(() => {}, true);
  expect(samplesOf(path)).toEqual([['é', 1, 'image']]);
  // The image's header comes after that of its long name.
  await make((archive) => {
    const at = archive.indexOf('image') - 512;
    archive.fill(0, at + 124, at + 136);
    archive[at + 124] = 0x80;
    archive[at + 135] = 5;
  });
  expect(samplesOf(path)).toEqual([['é', 1, 'image']]);
  await make((archive) => {
    archive[archive.indexOf('image') - 512 + 156] = 'S'.charCodeAt(0);
  });
  expect(() => samplesOf(path)).toThrow('é must have an image that can be read: it is stored as a sparse file');
});

it.each([
  [Buffer.from('BZh91AY&SY'), 'bzip2: images are read at random, so unpack it with bunzip2'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'xz'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'zstd'],
  [gzipSync(''), 'gzip'],
])('names the compression of an archive', (content, message) => {
  const folder = tempFolder();
  writeFileSync(join(folder, '0.tar'), content);
  expect(() => tarShards(folder, { numClasses: 2 })).toThrow(`got one compressed with ${message}`);
});

it('refuses folders with compressed archives, with parts of several kinds, and what is no path', async () => {
  const folder = tempFolder();
  const files: File[] = [
    ['0.jpg', 'x'],
    ['0.cls', '1'],
  ];
  await write(files, 'train-0.tar', folder);
  writeFileSync(join(folder, 'train-1.tar.gz'), '');
  expect(() => tarShards(folder, { numClasses: 2 })).toThrow(
    'must be an uncompressed tar archive: images are read at random, so unpack it.',
  );
  const mixed = tempFolder();
  for (const name of ['train-0.tar', 'val-0.tar']) await write(files, name, mixed);
  expect(() => tarShards(mixed, { numClasses: 2 })).toThrow(
    `\`shards\` must be the files of one part, and ${mixed} has files of train, validation.`,
  );
  expect(() => tarShards({ urls: 'a' } as never, { numClasses: 2 })).toThrow('tarShards: `shards` must be a folder');
  expect(() => tarShards(folder, undefined as never)).toThrow(
    'tarShards: options must be an object like { numClasses }',
  );
  expect(() => tarShards(folder, { numClasses: 2, shuffle: true } as never)).toThrow('no option `shuffle`.');
});

it('refuses samples whose keys have dots, which would be lost', async () => {
  const path = await write([
    ['img.001.jpg', 'x'],
    ['img.001.cls', '1'],
    ['img.002.jpg', 'y'],
    ['img.002.cls', '0'],
  ]);
  expect(() => samplesOf(path)).toThrow(
    'img must have one image (.jpg, .jpeg, .png, .webp, .avif, .gif, .tif, .tiff, ...), got 0 among .001.jpg, .001.cls, .002.jpg, .002.cls. The key of a file ends at the first dot of its name: `a.b.jpg` is no image of `a.b`.',
  );
});
