import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageNamed, randomOf } from '../__fixtures__/images.js';
import { horizontalFlip, type Image } from '../index.js';

const grey = (height: number, width: number, data: number[]): Image => ({
  data: Uint8Array.from(data),
  height,
  width,
  channels: 1,
});

describe('horizontalFlip', () => {
  it('reverses the columns, not the channels', () => {
    const image: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 1, width: 2, channels: 3 };
    expect([...horizontalFlip({ probability: 1 })(image, randomOf(0.99)).data]).toEqual([4, 5, 6, 1, 2, 3]);
    expect([...horizontalFlip({ probability: 1 })(grey(2, 3, [1, 2, 3, 4, 5, 6]), randomOf(0)).data]).toEqual([
      3, 2, 1, 6, 5, 4,
    ]);
  });

  it('flips below its probability, and leaves the image as it is from there on', () => {
    const image = grey(1, 2, [1, 2]);
    expect([...horizontalFlip()(image, randomOf(0.499)).data]).toEqual([2, 1]);
    expect(horizontalFlip()(image, randomOf(0.5))).toBe(image);
  });

  it('is its own inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 3), (h, w, c) => {
        const image = imageNamed('flip', h, w, c);
        const flip = horizontalFlip({ probability: 1 });
        expect(flip(flip(image, randomOf(0)), randomOf(0))).toEqual(image);
      }),
    );
  });
});
