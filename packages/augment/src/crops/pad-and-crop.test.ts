import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageNamed, randomOf } from '../__fixtures__/images.js';
import { type Image, padAndCrop } from '../index.js';

const grey = (height: number, width: number, data: number[]): Image => ({
  data: Uint8Array.from(data),
  height,
  width,
  channels: 1,
});

describe('padAndCrop', () => {
  it('cuts its window out of the padded image', () => {
    // Padded by 1 with 9: rows 9999, 9129, 9349, 9999. Of 3 x 3 places the drawn ones are row 0 and column 2.
    const image = grey(2, 2, [1, 2, 3, 4]);
    const crop = padAndCrop({ padding: 1, fill: 9 });
    expect([...crop(image, randomOf(0, 0.9)).data]).toEqual([9, 9, 2, 9]);
    expect([...crop(image, randomOf(0.5, 0.5)).data]).toEqual([1, 2, 3, 4]);
    expect([...crop(image, randomOf(0.9, 0)).data]).toEqual([9, 3, 9, 9]);
  });

  it('fills each channel with its level', () => {
    const image: Image = { data: Uint8Array.of(1, 2, 3), height: 1, width: 1, channels: 3 };
    const crop = padAndCrop({ padding: 1, fill: [7, 8, 9] });
    expect([...crop(image, randomOf(0, 0)).data]).toEqual([7, 8, 9]);
  });

  it('gives the size that is asked for, wherever it lies', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 12 }), fc.constantFrom(1, 3), (seed, padding, channels) => {
        const image = imageNamed('pad', 5, 7, channels);
        const result = padAndCrop({ padding, size: [4, 6] })(image, mulberry32(seed));
        expect([result.height, result.width, result.data.length]).toEqual([4, 6, 24 * channels]);
      }),
    );
  });

  it('refuses a crop larger than the padded image', () => {
    const crop = padAndCrop({ padding: 1, size: 5 });
    expect(() => crop(grey(2, 2, [1, 2, 3, 4]), Math.random)).toThrow(
      'padAndCrop: `size` must be within the padded image of 4 x 4, got 5 x 5.',
    );
  });
});
