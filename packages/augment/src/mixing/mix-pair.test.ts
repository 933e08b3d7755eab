import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { imageNamed, randomOf } from '../__fixtures__/images.js';
import { type FloatImage, type Image, mixPair } from '../index.js';

const flat = (level: number, height = 4, width = 4, channels = 3): Image => ({
  data: new Uint8Array(height * width * channels).fill(level),
  height,
  width,
  channels,
});

it('mixes by the ratio it returns, without the fraction', () => {
  const { image, ratio } = mixPair(flat(100), flat(201), 'mixup', mulberry32(5));
  expect(image.data.every((value) => value === Math.trunc(ratio * 100 + (1 - ratio) * 201))).toBe(true);
});

it('puts a box of the first image on the second, weighed by its area', () => {
  // Centre row 2, column 0, and a quarter is kept: sides floor(4 * sqrt(0.75)) = 3, halves 1: rows 1..2, columns 0..0.
  const { image, ratio } = mixPair(flat(7, 4, 4, 1), flat(9, 4, 4, 1), 'cutmix', randomOf(0.5, 0.1, 0.25));
  expect([...image.data]).toEqual([9, 9, 9, 9, 7, 9, 9, 9, 7, 9, 9, 9, 9, 9, 9, 9]);
  expect(ratio).toBe(2 / 16);
});

it('has as much of the first image as the ratio says', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (seed, h, w) => {
      const { image, ratio } = mixPair(flat(1, h, w), flat(0, h, w), 'cutmix', mulberry32(seed));
      expect(image.data.filter((value) => value === 1).length).toBe(Math.round(ratio * h * w * 3));
    }),
  );
});

it('clips values that a bicubic resize took out of 0..255', () => {
  const float = (value: number): FloatImage => ({ data: Float32Array.of(value), height: 1, width: 1, channels: 1 });
  const mixed = (a: number, b: number) => mixPair(float(a), float(b), 'mixup', mulberry32(1)).image.data[0];
  expect([mixed(-20, -1), mixed(300, 256), mixed(3.9, 3.9)]).toEqual([0, 255, 3]);
});

it('draws the ratio of mixup from Beta(alpha, alpha)', () => {
  const random = mulberry32(9);
  const ratios = (alpha: number) =>
    Array.from({ length: 4000 }, () => mixPair(flat(1, 1, 1), flat(2, 1, 1), 'mixup', random, { alpha }).ratio);
  const variance = (values: number[]) => values.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / values.length;
  // 1 / (4 (2 alpha + 1))
  expect(variance(ratios(0.2))).toBeCloseTo(0.17857, 2);
  expect(variance(ratios(4))).toBeCloseTo(0.02778, 2);
});

it('is a function of its images and the numbers drawn, and leaves the images alone', () => {
  const a = imageNamed('a', 6, 5, 3);
  const b = imageNamed('b', 6, 5, 3);
  for (const kind of ['mixup', 'cutmix'] as const) {
    expect(mixPair(a, b, kind, mulberry32(2))).toEqual(mixPair(a, b, kind, mulberry32(2)));
  }
  expect([a, b]).toEqual([imageNamed('a', 6, 5, 3), imageNamed('b', 6, 5, 3)]);
});

it('takes the kinds of the spec of a batch, and no others', () => {
  const pixel = { data: new Uint8Array(1), height: 1, width: 1, channels: 1 };
  const mix = (kinds: readonly string[]) => mixPair(pixel, pixel, 'mixup', () => 0.5, { kinds: kinds as never });
  expect(mix(['mixup']).image).toEqual(pixel);
  expect(() => mix(['mixUp'])).toThrow('mixPair: `kinds` must be one or two of mixup, cutmix, got ["mixUp"].');
});

it('says what does not fit', () => {
  expect(() => mixPair(flat(1), flat(1, 5), 'mixup', Math.random)).toThrow(
    'mixPair: both images must have one shape, got 4 x 4 x 3 and 5 x 4 x 3.',
  );
  expect(() => mixPair(flat(1), flat(1), 'mosaic' as 'mixup', Math.random)).toThrow(
    'mixPair: `kind` must be mixup or cutmix, got "mosaic".',
  );
});
