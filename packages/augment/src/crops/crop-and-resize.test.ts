import { expectTensorClose, mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageNamed } from '../__fixtures__/images.js';
import { reference } from '../__fixtures__/reference.js';
import { centreCrop, cropAndResize, drawCropBox, type Image, randomResizedCrop, resize, toBytes } from '../index.js';
import { interpolationTaps } from './interpolation-taps.js';

const whole = ({ height, width }: Image) => ({ top: 0, left: 0, height, width });

describe('cropAndResize', () => {
  it('weighs four neighbours by the kernel at half a pixel', () => {
    // From 4 to 8: output pixel 3 lies at (3 + 0.5) / 2 - 0.5 = 1.25. With t = 1/4 and a = -1/2 the kernel at distances
    // 1.25, 0.25, 0.75, 1.75 is -9/128, 111/128, 29/128, -3/128.
    const { pixels, weights } = interpolationTaps(4, 8, 'bicubic');
    expect([...pixels.subarray(12, 16)]).toEqual([0, 1, 2, 3]);
    expect([...weights.subarray(12, 16)]).toEqual([-9 / 128, 111 / 128, 29 / 128, -3 / 128]);
  });

  it.each(reference.resizes)('resizes $shape to $size as TensorFlow, $interpolation', (row) => {
    const image = imageNamed(row.image, ...row.shape);
    const result = cropAndResize(image, whole(image), row.size, row.interpolation);
    expect([result.height, result.width, result.channels]).toEqual([...row.size, row.shape[2]]);
    expectTensorClose(result.data, row.values, { absolute: 1e-3 });
  });

  it('resizes a crop as it would the cut image', () => {
    const image = imageNamed('crop', 12, 14, 3);
    const box = { top: 3, left: 5, height: 6, width: 7 };
    const cut = new Uint8Array(6 * 7 * 3);
    for (let y = 0; y < 6; y++) cut.set(image.data.subarray(((3 + y) * 14 + 5) * 3, ((3 + y) * 14 + 12) * 3), y * 21);
    const alone: Image = { data: cut, height: 6, width: 7, channels: 3 };
    expect(cropAndResize(image, box, [9, 4])).toEqual(cropAndResize(alone, whole(alone), [9, 4]));
  });

  it('is the image itself at its own size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (height, width) => {
        const image = imageNamed('same', height, width, 3);
        for (const interpolation of ['bicubic', 'bilinear', 'nearest'] as const) {
          expect(toBytes(cropAndResize(image, whole(image), [height, width], interpolation))).toEqual(image);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('does not clip, which toBytes does', () => {
    const edge: Image = { data: Uint8Array.of(0, 0, 255, 255), height: 1, width: 4, channels: 1 };
    const floats = cropAndResize(edge, whole(edge), [1, 8]);
    expect(Math.min(...floats.data)).toBeLessThan(-5);
    expect(Math.max(...floats.data)).toBeGreaterThan(260);
    const { data } = toBytes(floats);
    expect([...data]).toEqual([...floats.data].map((x) => Math.min(Math.max(Math.floor(x + 0.5), 0), 255)));
  });

  it('becomes, with toBytes, what `resize` makes at once', () => {
    const side = fc.integer({ min: 1, max: 40 });
    const interpolations = fc.constantFrom('bicubic', 'bilinear', 'nearest');
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(1, 3), interpolations, (...drawn) => {
        const [height, width, rows, columns, channels, interpolation] = drawn;
        const image = imageNamed('bytes', height, width, channels);
        const floats = cropAndResize(image, whole(image), [rows, columns], interpolation);
        expect(resize({ size: [rows, columns], interpolation })(image, Math.random)).toEqual(toBytes(floats));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a box that leaves the image', () => {
    const image = imageNamed('box', 4, 4, 1);
    expect(() => cropAndResize(image, { top: 1, left: 0, height: 4, width: 4 }, [2, 2])).toThrow(
      'must have whole sides from 1 and lie in the image of 4 x 4, got {"top":1,',
    );
  });
});

describe('drawCropBox', () => {
  it('draws an aspect, a height and a place', () => {
    // Of 100 x 100: aspect 3/4 + 7/12 u = 1 at u = 3/7; heights from round(sqrt(800)) = 28 to 100, of which u = 0.5 is
    // 28 + floor(0.5 * 73) = 64; places below 36, of which u = 0.5 is 18, and u = 0.25 is 9.
    const draws = [3 / 7, 0.5, 0.5, 0.25];
    expect(drawCropBox(100, 100, () => draws.shift()!)).toEqual({ top: 18, left: 9, height: 64, width: 64 });
  });

  it.each(reference.boxes)('draws boxes of $height x $width as TensorFlow does', (row) => {
    const { height, width, means, deviations, smallest } = row;
    const random = mulberry32(height);
    const boxes = Array.from({ length: 20_000 }, () => drawCropBox(height, width, random));
    const parts = boxes.filter((box) => box.height < height || box.width < width);
    expect(Math.abs(1 - parts.length / boxes.length - row.whole)).toBeLessThan(0.002);
    const figures = {
      top: parts.map((box) => box.top / height),
      left: parts.map((box) => box.left / width),
      area: parts.map((box) => (box.height * box.width) / (height * width)),
      aspect: parts.map((box) => box.width / box.height),
    };
    for (const [name, values] of Object.entries(figures) as [keyof typeof figures, number[]][]) {
      const mean = values.reduce((a, b) => a + b) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
      // Four standard errors of a difference of two means of 20,000.
      expect(Math.abs(mean - means[name]), name).toBeLessThan(4 * deviations[name] * Math.sqrt(2 / 20_000));
      expect(Math.abs(deviation / deviations[name] - 1), name).toBeLessThan(0.03);
    }
    expect(Math.min(...figures.area)).toBeCloseTo(smallest, 2);
  });

  it('gives boxes inside the image, of the shapes that are asked for', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (seed, h, w) => {
        const { top, left, height, width } = drawCropBox(h, w, mulberry32(seed), { area: [0.3, 0.6] });
        expect(Math.min(top, left, h - top - height, w - left - width)).toBeGreaterThanOrEqual(0);
        if (height === h && width === w) return;
        expect(height * width).toBeGreaterThanOrEqual(0.3 * h * w);
        expect(height * width).toBeLessThanOrEqual(0.6 * h * w);
      }),
    );
  });

  it('takes the whole image when nothing fits', () => {
    expect(drawCropBox(10, 1000, mulberry32(1), { area: [0.9, 1] })).toEqual({
      top: 0,
      left: 0,
      height: 10,
      width: 1000,
    });
  });

  it('refuses options that no box can meet', () => {
    expect(() => drawCropBox(9, 9, Math.random, { area: [0.5, 0.2] })).toThrow('`area` must be [low, high] in [0, 1]');
    expect(() => drawCropBox(9, 9, Math.random, { aspect: [0, 1] })).toThrow(
      '`aspect` must be [low, high] with 0 < low',
    );
  });
});

describe('steps', () => {
  const image = imageNamed('steps', 41, 30, 3);

  it('crop the drawn box and resize it', () => {
    const box = drawCropBox(41, 30, mulberry32(8));
    expect(randomResizedCrop({ size: [6, 9] })(image, mulberry32(8))).toEqual(
      toBytes(cropAndResize(image, box, [6, 9])),
    );
  });

  it('take the centre where the box is the whole image', () => {
    // min(41, 30) * 16 / 48 = 10; (41 - 10 + 1) / 2 = 16, (30 - 10 + 1) / 2 = 10.5
    const crop = randomResizedCrop({ size: 16, area: [1, 1], minCovered: 1 });
    const centre = { top: 16, left: 10, height: 10, width: 10 };
    expect(crop(image, mulberry32(8))).toEqual(toBytes(cropAndResize(image, centre, [16, 16])));
  });

  it('resize, and keep the centre', () => {
    const squashed = resize({ size: 13, interpolation: 'bilinear' })(image, Math.random);
    expect(squashed).toEqual(toBytes(cropAndResize(image, whole(image), [13, 13], 'bilinear')));
    const small: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), height: 3, width: 3, channels: 1 };
    expect([...centreCrop({ size: 1 })(small, Math.random).data]).toEqual([5]);
    expect([...centreCrop({ size: 2 })(small, Math.random).data]).toEqual([5, 6, 8, 9]);
    expect(() => centreCrop({ size: 4 })(small, Math.random)).toThrow('within the image of 3 x 3, got 4 x 4');
  });

  it('say what they need', () => {
    expect(() => randomResizedCrop({} as { size: number })).toThrow(
      'randomResizedCrop: `size` must be a whole number of pixels from 1, or [height, width] of them, got undefined.',
    );
  });
});
