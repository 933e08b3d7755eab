import { createHash } from 'node:crypto';
import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageNamed, randomOf } from '../__fixtures__/images.js';
import { bytesOf, reference, referenceImage } from '../__fixtures__/reference.js';
import { AUTHORS_STYLE, augmentOp, type Image, OP_NAMES, type OpName, type OpStyle, PILLOW_STYLE } from '../index.js';

const grey = (height: number, width: number, data: number[]): Image => ({
  data: Uint8Array.from(data),
  height,
  width,
  channels: 1,
});
const levels = grey(16, 16, [...Array(256).keys()]);
const apply = (image: Image, name: OpName, argument: number, style: Partial<OpStyle> = {}) =>
  augmentOp(image, name, argument, { ...AUTHORS_STYLE, ...style }, Math.random);

describe('by hand', () => {
  it('maps levels', () => {
    const mapped = (name: OpName, argument: number, style: Partial<OpStyle> = {}) => {
      const { data } = apply(levels, name, argument, style);
      return [0, 63, 100, 127, 128, 200, 255].map((level) => data[level]);
    };
    expect(mapped('Invert', 0)).toEqual([255, 192, 155, 128, 127, 55, 0]);
    expect(mapped('Posterize', 2)).toEqual([0, 0, 64, 64, 128, 192, 192]);
    expect(mapped('Solarize', 128)).toEqual([0, 63, 100, 127, 127, 55, 0]);
    expect(mapped('SolarizeAdd', 55)).toEqual([55, 118, 155, 182, 128, 200, 255]);
    // 1.9 times the level, cut off: 63 * 1.9 = 119.7.
    expect(mapped('Brightness', 1.9)).toEqual([0, 119, 190, 241, 243, 255, 255]);
    // The grey is 256 pixels / 256 = 1: 1 + 1.9 (63 - 1) = 118.8.
    expect(mapped('Contrast', 1.9)).toEqual([0, 118, 189, 240, 242, 255, 255]);
    // The mean is 127.5, and so 128: 128 + 1.9 (63 - 128) = 4.5, 128 + 1.9 (200 - 128) = 264.8.
    expect(mapped('Contrast', 1.9, { contrastGrey: 'mean' })).toEqual([0, 4, 74, 126, 128, 255, 255]);
  });

  it('keeps the whole part of a blend, or rounds it', () => {
    // 0.82 * 63 = 51.66
    expect(apply(levels, 'Brightness', 0.82).data[63]).toBe(51);
    expect(apply(levels, 'Brightness', 0.82, { blendRounding: 'round' }).data[63]).toBe(52);
  });

  it('takes thresholds beyond a byte modulo 256, or lets no pixel reach them', () => {
    const solarized = (threshold: number, style: Partial<OpStyle> = {}) =>
      apply(levels, 'Solarize', threshold, style).data;
    expect(solarized(256)).toEqual(apply(levels, 'Invert', 0).data);
    expect(solarized(384)).toEqual(solarized(128));
    expect(solarized(256, { solarizeOverflow: 'keep' })).toEqual(levels.data);
    expect(solarized(384, { solarizeOverflow: 'keep' })).toEqual(levels.data);
  });

  it('keeps one bit of none as TensorFlow, and none as Pillow', () => {
    expect(apply(levels, 'Posterize', 0).data.filter((level, i) => level !== (i < 128 ? 0 : 128))).toHaveLength(0);
    expect(apply(levels, 'Posterize', 0, { arithmetic: 'pillow' }).data.every((level) => level === 0)).toBe(true);
    expect(apply(levels, 'Posterize', 10).data).toEqual(levels.data);
  });

  it('stretches the levels of every channel', () => {
    // From 50..101, a scale of 255 / 51 = 5: 60 becomes 50, 75 becomes 125.
    expect([...apply(grey(1, 4, [50, 60, 75, 101]), 'AutoContrast', 0).data]).toEqual([0, 50, 125, 255]);
    const flat = grey(1, 3, [7, 7, 7]);
    expect([...apply(flat, 'AutoContrast', 0).data]).toEqual([7, 7, 7]);
  });

  it('equalizes with Pillow’s table, or by the cumulative distribution', () => {
    // 512 pixels: 256 of level 10, 128 of 20, 128 of 30. Pillow's step is floor((512 - 128) / 255) = 1:
    // 10 -> 0, 20 -> min(256, 255), 30 -> min(384, 255).
    const data = [...Array(256).fill(10), ...Array(128).fill(20), ...Array(128).fill(30)];
    const image = grey(2, 256, data);
    const of = ({ data: result }: Image) => [result[0], result[256], result[511]];
    expect(of(apply(image, 'Equalize', 0))).toEqual([0, 255, 255]);
    // (384 - 256) / (512 - 256) * 255 = 127.5
    expect(of(apply(image, 'Equalize', 0, { equalizeTable: 'textbook' }))).toEqual([0, 128, 255]);
    // Fewer than 255 pixels beside the last level's: the step is 0, and nothing changes.
    expect([...apply(grey(1, 3, [1, 2, 3]), 'Equalize', 0).data]).toEqual([1, 2, 3]);
  });

  it('smooths the inside of an image for Sharpness', () => {
    // (8 * 10 + 5 * 23) / 13 = 15
    const image = grey(3, 3, [10, 10, 10, 10, 23, 10, 10, 10, 10]);
    expect([...apply(image, 'Sharpness', 0).data]).toEqual([10, 10, 10, 10, 15, 10, 10, 10, 10]);
    // 15 + 2 (23 - 15) = 31
    expect(apply(image, 'Sharpness', 2).data[4]).toBe(31);
  });

  it('blends colours with their grey', () => {
    // 0.2989 * 200 + 0.587 * 100 + 0.114 * 50 = 124.18, times 255.5 / 255 = 124.4.
    const image: Image = { data: Uint8Array.of(200, 100, 50), height: 1, width: 1, channels: 3 };
    expect([...apply(image, 'Color', 0).data]).toEqual([124, 124, 124]);
    // 124 + 0.5 (200 - 124) = 162, 124 - 12 = 112, 124 - 37 = 87
    expect([...apply(image, 'Color', 0.5).data]).toEqual([162, 112, 87]);
  });

  it('moves pixels, and fills from outside', () => {
    const row = grey(1, 5, [1, 2, 3, 4, 5]);
    expect([...apply(row, 'TranslateX', 2).data]).toEqual([3, 4, 5, 128, 128]);
    expect([...apply(row, 'TranslateX', -1, { fill: 9 }).data]).toEqual([9, 1, 2, 3, 4]);
    expect([...apply(grey(3, 1, [1, 2, 3]), 'TranslateY', 1).data]).toEqual([2, 3, 128]);
    // Row y is read half a pixel further to the right: halves go away from zero.
    const square = grey(3, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...apply(square, 'ShearX', 0.5).data]).toEqual([1, 2, 3, 5, 6, 128, 8, 9, 128]);
    expect([...apply(square, 'Rotate', 90).data]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect([...apply(square, 'Rotate', -90, { arithmetic: 'pillow' }).data]).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3]);
  });

  it('covers a square for Cutout, cut off at the edges', () => {
    const image = grey(5, 5, Array(25).fill(1));
    const covered = augmentOp(image, 'Cutout', 1, AUTHORS_STYLE, randomOf(0.5, 0));
    // Around row 2, column 0: rows 1..2, columns 0..0.
    expect([...covered.data].flatMap((level, i) => (level === 128 ? [i] : []))).toEqual([5, 10]);
  });
});

const MOVES = ['Rotate', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY'];
const difference = (a: Uint8Array, b: Uint8Array) => [...a].flatMap((level, i) => (level === b[i] ? [] : [i]));

describe('as the references', () => {
  const byOp = (cases: typeof reference.pillow) =>
    [...new Set(cases.map(({ op }) => op))].map((op) => [op, cases.filter((row) => row.op === op)] as const);

  it.each(byOp(reference.tensorflow).filter(([op]) => op !== 'Sharpness'))('computes %s as TensorFlow', (op, cases) => {
    for (const row of cases) {
      const { data } = augmentOp(referenceImage(row.image), op, row.argument, AUTHORS_STYLE, Math.random);
      expect(difference(data, bytesOf(row)), `${row.image} ${row.argument}`).toEqual([]);
    }
  });

  it.each(reference.rotations)('turns $height x $width by $degrees degrees as TensorFlow', (row) => {
    const image = imageNamed('rotation', row.height, row.width, 3);
    const { data } = augmentOp(image, 'Rotate', row.degrees, AUTHORS_STYLE, Math.random);
    expect(createHash('sha256').update(data).digest('hex')).toBe(row.sha256);
  });

  it('computes Sharpness as TensorFlow, but where its sums of thirteenths fall short of a whole number', () => {
    let pixels = 0;
    for (const row of reference.tensorflow.filter(({ op }) => op === 'Sharpness')) {
      const image = referenceImage(row.image);
      const { data } = augmentOp(image, 'Sharpness', row.argument, AUTHORS_STYLE, Math.random);
      const short = difference(data, bytesOf(row));
      for (const i of short) expect(weightedSum(image, i) % 13, `${row.image} ${row.argument} ${i}`).toBe(0);
      pixels += short.length / data.length;
    }
    expect(pixels).toBeLessThan(0.1);
  });

  it.each(byOp(reference.pillow))('computes %s as Pillow', (op, cases) => {
    for (const row of cases) {
      const style = { ...PILLOW_STYLE, sampling: row.sampling ?? 'nearest' };
      const { data } = augmentOp(referenceImage(row.image), op, row.argument, style, Math.random);
      expect(difference(data, bytesOf(row)), `${row.image} ${row.argument} ${row.sampling}`).toEqual([]);
    }
  });
});

function weightedSum({ data, width, channels }: Image, i: number): number {
  let sum = 4 * data[i]!;
  for (const y of [-1, 0, 1]) for (const x of [-1, 0, 1]) sum += data[i + (y * width + x) * channels]!;
  return sum;
}

describe('properties', () => {
  const styles: OpStyle[] = [
    AUTHORS_STYLE,
    PILLOW_STYLE,
    { ...PILLOW_STYLE, sampling: 'bilinear' },
    { ...PILLOW_STYLE, sampling: 'nearest' },
  ];
  const anyImage = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 3), fc.string())
    .map(([height, width, channels, name]) => imageNamed(name, height, width, channels));

  it.each(OP_NAMES)('%s keeps the shape, is deterministic, and leaves its image alone', (name) => {
    const argument = { Posterize: 3, Solarize: 77, SolarizeAdd: 40, Rotate: 21, Cutout: 2 }[name as string] ?? 0.7;
    fc.assert(
      fc.property(anyImage, fc.constantFrom(...styles), (image, style) => {
        const before = Uint8Array.from(image.data);
        const first = augmentOp(image, name, argument, style, mulberry32(3));
        expect([first.height, first.width, first.channels]).toEqual([image.height, image.width, image.channels]);
        expect(first.data.length).toBe(image.data.length);
        expect(augmentOp(image, name, argument, style, mulberry32(3))).toEqual(first);
        expect(image.data).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['Rotate', 0],
    ['Posterize', 8],
    ['Solarize', 255.5],
    ['SolarizeAdd', 0],
    ['Color', 1],
    ['Contrast', 1],
    ['Brightness', 1],
    ['Sharpness', 1],
    ['ShearX', 0],
    ['ShearY', 0],
    ['TranslateX', 0],
    ['TranslateY', 0],
    ['Cutout', 0],
  ] as const)('%s of %d changes nothing', (name, argument) => {
    fc.assert(
      fc.property(anyImage, fc.constantFrom(...styles), (image, style) => {
        expect(augmentOp(image, name, argument, style, mulberry32(1)).data).toEqual(image.data);
      }),
      { numRuns: 40 },
    );
  });

  it.each(MOVES as OpName[])('%s takes its levels from the image and the fill', (name) => {
    fc.assert(
      fc.property(anyImage, fc.double({ min: -1, max: 1, noNaN: true }), (image, argument) => {
        const style = { ...AUTHORS_STYLE, fill: 77 };
        const known = new Set([...image.data, 77]);
        const { data } = augmentOp(image, name, argument * (name === 'Rotate' ? 60 : 1), style, Math.random);
        expect([...data].filter((level) => !known.has(level))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
