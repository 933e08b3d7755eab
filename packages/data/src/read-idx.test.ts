import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tempFolder } from './__fixtures__/temp-folder.js';
import { arrayDataset } from './index.js';
import { idxDataset, readIdx } from './node.js';

/** An IDX file: 0, 0, type, rank, the sizes as big-endian 32-bit numbers, the bytes. */
function idx(shape: readonly number[], data: readonly number[], type = 8): Buffer {
  const sizes = Buffer.alloc(4 * shape.length);
  for (const [axis, size] of shape.entries()) sizes.writeUInt32BE(size, 4 * axis);
  return Buffer.concat([Buffer.from([0, 0, type, shape.length]), sizes, Buffer.from(data)]);
}

function write(content: Uint8Array, name = 'file'): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content);
  return path;
}

it.each([
  ['as it is', (bytes: Buffer) => bytes],
  ['compressed', gzipSync],
])('reads a file %s', (_, pack) => {
  expect(readIdx(write(pack(idx([2, 1, 3], [1, 2, 3, 4, 5, 255]))))).toEqual({
    shape: [2, 1, 3],
    data: expect.toSatisfy((data: Uint8Array) => [...data].join() === '1,2,3,4,5,255'),
  });
});

it.each<[string, Uint8Array, string | RegExp]>([
  [
    'another format',
    Buffer.from('PNG'),
    'must begin with the magic number of an IDX file, 00 00 type rank, got 50 4e 47.',
  ],
  ['an empty file', Buffer.alloc(0), 'got nothing.'],
  ['floats', idx([1], [0, 0, 0, 0], 0x0d), 'must hold unsigned bytes, type 08, got type 0d.'],
  ['a header cut off', idx([2, 2], []).subarray(0, 9), 'must have a header of 12 bytes, got 9.'],
  [
    'a file cut off',
    idx([2, 3], [1, 2, 3]),
    'must hold 2 x 3 = 6 bytes after its header, got 3. It is cut off: fetch it again.',
  ],
  ['a file too long', idx([2], [1, 2, 3]), /must hold 2 = 2 bytes after its header, got 3\.$/],
  ['gzip cut off', gzipSync(idx([4], [1, 2, 3, 4])).subarray(0, 20), 'must be whole, and cannot be unzipped'],
])('refuses %s', (_, content, message) => {
  const path = write(content);
  expect(() => readIdx(path)).toThrow(message);
  expect(() => readIdx(path)).toThrow(path);
});

it('brings images and labels together', () => {
  const images = write(idx([3, 1, 2], [0, 10, 20, 30, 40, 50]));
  const labels = write(idx([3], [2, 0, 1]));
  const dataset = arrayDataset(idxDataset({ images, labels, numClasses: 3, normalization: { mean: 0, std: 1 } }));
  expect([dataset.length, dataset.imageShape, dataset.label(0), [...dataset.image(2)]]).toEqual([
    3,
    [1, 2, 1],
    2,
    [40, 50],
  ]);
});

it.each([
  [[3, 2, 2], [4], 'must hold [3] labels, one for each image of IMAGES, got [4].'],
  [[3, 2, 2], [3, 1], 'must hold [3] labels, one for each image of IMAGES, got [3, 1].'],
  [[3, 2], [3], 'must hold images [count, height, width] or [count, height, width, channels], got [3, 2].'],
])('refuses images %o with labels %o', (imageShape, labelShape, message) => {
  const zeros = (shape: number[]) => Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
  const images = write(idx(imageShape, zeros(imageShape)));
  const labels = write(idx(labelShape, zeros(labelShape)));
  const read = () => idxDataset({ images, labels, numClasses: 3, normalization: { mean: 0, std: 1 } });
  expect(read).toThrow(message.replace('IMAGES', images));
});

it('leaves labels out of range to arrayDataset, which says where', () => {
  const images = write(idx([2, 1, 1], [0, 0]));
  const labels = write(idx([2], [0, 3]));
  const args = idxDataset({ images, labels, numClasses: 3, normalization: { mean: 0, std: 1 } });
  expect(() => arrayDataset(args)).toThrow('`labels` must be integers in [0, 3), got 3 at 1.');
});
