import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageNamed, randomOf } from '../__fixtures__/images.js';
import { cutout, type Image, randomErasing } from '../index.js';

const flat = (level: number, height: number, width: number, channels = 1): Image => ({
  data: new Uint8Array(height * width * channels).fill(level),
  height,
  width,
  channels,
});
const covered = (image: Image, background: number) =>
  [...image.data].flatMap((level, i) => (level === background ? [] : [i]));

describe('cutout', () => {
  it('covers a square around the drawn pixel', () => {
    const result = cutout({ size: 2, fill: 9 })(flat(1, 4, 4), randomOf(0, 0.5, 0.5));
    // Around row 2, column 2: rows and columns 1..2.
    expect(covered(result, 1)).toEqual([5, 6, 9, 10]);
    expect(result.data[5]).toBe(9);
  });

  it('covers less at the edges, and nothing by chance', () => {
    expect(covered(cutout({ size: 4 })(flat(1, 4, 4), randomOf(0, 0, 0.99)), 1)).toEqual(
      [1, 2, 3, 5, 6, 7].filter((i) => i % 4 > 0),
    );
    const image = flat(1, 4, 4);
    expect(cutout({ size: 4, probability: 0.5 })(image, randomOf(0.5))).toBe(image);
  });

  it('says what it needs', () => {
    expect(() => cutout({ size: 0 })).toThrow('cutout: `size` must be a whole number from 1, got 0.');
  });
});

describe('randomErasing', () => {
  const draws = [0, 0.5, 0.5, 0.5, 0.99];
  const half = { probability: 1, area: [0.16, 0.16], aspect: [1, 1] } as const;

  it('erases a box of the drawn area, aspect and place', () => {
    // 0.16 of 100 pixels and aspect 1: 4 x 4, in one of 7 x 7 places: row 3, column 6.
    const result = randomErasing(half)(flat(1, 10, 10), randomOf(...draws));
    const rows = [3, 4, 5, 6].flatMap((y) => [6, 7, 8, 9].map((x) => y * 10 + x));
    expect(covered(result, 1)).toEqual(rows);
    // The mean of red, rounded.
    expect(result.data[36]).toBe(124);
  });

  it('has aspects of height over width', () => {
    // sqrt(16 * 4) = 8 rows, sqrt(16 / 4) = 2 columns, at row 0, column 0.
    const result = randomErasing({ ...half, aspect: [4, 4] })(flat(1, 10, 10), randomOf(0, 0.5, 0.5, 0, 0));
    expect(covered(result, 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].flatMap((y) => [y * 10, y * 10 + 1]));
  });

  it('fills with the mean, one colour a box, or one a pixel', () => {
    const image = flat(1, 10, 10, 3);
    const colours = (mode: 'constant' | 'random' | 'pixel') => {
      const { data } = randomErasing({ ...half, mode })(image, mulberry32(3));
      const pixels = Array.from({ length: 100 }, (_, i) => data.subarray(i * 3, i * 3 + 3).join());
      return new Set(pixels.filter((pixel) => pixel !== '1,1,1'));
    };
    expect([...colours('constant')]).toEqual(['124,116,104']);
    expect(colours('random').size).toBe(1);
    expect(colours('random')).not.toEqual(colours('constant'));
    expect(colours('pixel').size).toBe(16);
  });

  it('draws levels of the normal distribution it is given, or uniform ones', () => {
    const erase = (colours: 'normal' | 'uniform') => {
      const options = {
        probability: 1,
        area: [0.9, 0.9],
        aspect: [1, 1],
        mode: 'pixel',
        colours,
        mean: [100],
        std: [20],
      } as const;
      const { data } = randomErasing(options)(flat(0, 200, 200), mulberry32(11));
      const levels = data.filter((level) => level > 0);
      const mean = levels.reduce((a, b) => a + b, 0) / levels.length;
      return [mean, Math.sqrt(levels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / levels.length)] as const;
    };
    const [mean, deviation] = erase('normal');
    expect(Math.abs(mean - 100)).toBeLessThan(0.6);
    expect(Math.abs(deviation - 20)).toBeLessThan(0.4);
    // 0..255 uniform, without the zeros that the test cannot see: mean 128, deviation 255 / sqrt(12) = 73.6.
    const [uniformMean, uniformDeviation] = erase('uniform');
    expect(Math.abs(uniformMean - 128)).toBeLessThan(1.5);
    expect(Math.abs(uniformDeviation - 73.6)).toBeLessThan(1);
  });

  it('erases as many boxes as drawn, together of the area', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const options = { probability: 1, area: [0.2, 0.2], aspect: [1, 1], count: [4, 4] } as const;
        const share = covered(randomErasing(options)(flat(1, 60, 60), mulberry32(seed)), 1).length / 3600;
        // Four boxes of 13 x 13, which may overlap.
        expect(share).toBeLessThanOrEqual((4 * 169) / 3600);
        expect(share).toBeGreaterThanOrEqual(169 / 3600);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves an image alone by chance, or when no box fits', () => {
    const image = imageNamed('erase', 6, 6, 3);
    expect(randomErasing()(image, randomOf(0.5))).toBe(image);
    expect(randomErasing({ probability: 1, area: [1, 1], aspect: [1, 1] })(image, mulberry32(1)).data).toEqual(
      image.data,
    );
  });

  it('says what does not fit', () => {
    expect(() => randomErasing({ mode: 'noise' as 'pixel' })).toThrow(
      `randomErasing: \`mode\` must be one of 'constant', 'random', 'pixel', got "noise".`,
    );
    expect(() => randomErasing({ count: [0, 2] })).toThrow(
      '`count` must be [low, high] of whole numbers from 1, got [0,2]',
    );
    expect(() => randomErasing({ ...half, mean: [1], std: [1] })(flat(1, 10, 10, 3), mulberry32(1))).toThrow(
      '`mean` and `std` must have 3 values for this image, got 1 and 1',
    );
  });
});
