import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { arrayDataset } from '../index.js';
import { idxDataset, readIdx } from '../node.js';

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
  ['an unknown type', idx([1], [0, 0, 0, 0], 0x0a), 'must hold numbers of type 08, 09, 0b, 0c, 0d, 0e, got type 0a.'],
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

it.each<[string, number, (bytes: DataView, at: number, value: number) => void, number, number[]]>([
  ['signed bytes', 0x09, (view, at, value) => view.setInt8(at, value), 1, [1, -2]],
  ['16 bits', 0x0b, (view, at, value) => view.setInt16(2 * at, value), 2, [300, -2]],
  ['32 bits', 0x0c, (view, at, value) => view.setInt32(4 * at, value), 4, [70_000, -2]],
  ['floats', 0x0d, (view, at, value) => view.setFloat32(4 * at, value), 4, [0.5, -2]],
  ['doubles', 0x0e, (view, at, value) => view.setFloat64(8 * at, value), 8, [0.1, -2]],
])('reads %s', (_, type, set, bytes, values) => {
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  for (const [at, value] of values.entries()) set(view, at, value);
  const content = idx([2], [...new Uint8Array(view.buffer)], type);
  expect([...readIdx(write(content)).data]).toEqual(values);
  expect(() => readIdx(write(content.subarray(0, -1)))).toThrow('It is cut off: fetch it again.');
});

describe('labels of 32 bits', () => {
  const numbers = (shape: number[], values: number[]) => {
    const data = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) data.writeInt32BE(value, 4 * i);
    return idx(shape, [...data], 0x0c);
  };
  const images = () => write(idx([2, 1, 1], [0, 9]));
  const options = { numClasses: 3, normalization: { mean: 0, std: 1 } };

  it('are taken as they are, and a column of several, as QMNIST has them', () => {
    const one = idxDataset({ images: images(), labels: write(numbers([2], [2, 0])), ...options });
    expect([...(one.labels as Int32Array)]).toEqual([2, 0]);
    const labels = write(numbers([2, 3], [1, 7, 8, 2, 9, 9]));
    const first = idxDataset({ images: images(), labels, labelColumn: 0, ...options });
    expect([...(first.labels as Int32Array)]).toEqual([1, 2]);
    expect(() => idxDataset({ images: images(), labels, ...options })).toThrow(
      '`labelColumn` names one of several columns.',
    );
    expect(() => idxDataset({ images: images(), labels, labelColumn: 3, ...options })).toThrow(
      'must hold [2, more than 3] labels',
    );
  });

  it('are refused where they are no classes, and so are images of other types than bytes and floats', () => {
    const bad = idxDataset({ images: images(), labels: write(numbers([2], [-1, 0])), ...options });
    expect(() => arrayDataset(bad)).toThrow('`labels` must be integers in [0, 3), got -1 at 0.');
    expect(() => idxDataset({ images: write(numbers([1, 1, 1], [5])), labels: images(), ...options })).toThrow(
      'must hold images of bytes or of floats of 32 bits, types 08 and 0d, got a Int32Array.',
    );
  });
});

it('refuses options that are not known, and none', () => {
  expect(() => idxDataset({ image: 'a' } as never)).toThrow('idxDataset: no option `image`; did you mean `images`?');
  expect(() => idxDataset(undefined as never)).toThrow('idxDataset: options must be an object like { images, labels,');
  expect(() => readIdx(undefined as never)).toThrow('readIdx: `path` must be the path of a file, got undefined.');
});
