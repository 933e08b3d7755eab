import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import sharp, { type CreateRaw, type Sharp } from 'sharp';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type ImageSource, readImage } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A photo-like image that JPEG keeps within a few levels: 40 x 30, red grows to the right, green downward. */
const gradient = () => {
  const data = Uint8Array.from({ length: 30 * 40 * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [(pixel % 40) * 6, Math.floor(pixel / 40) * 8, 60][i % 3]!;
  });
  return sharp(data, { raw: { width: 40, height: 30, channels: 3 } });
};
const plain = (channels: 3 | 4, background: object) => sharp({ create: { width: 4, height: 3, channels, background } });
const wide = (channels: 1 | 3 | 4, space: string, value: number) =>
  sharp(new Uint16Array(4 * 3 * channels).fill(value), {
    raw: { width: 4, height: 3, channels, depth: 'ushort' } as CreateRaw,
  }).toColourspace(space);

async function shapeAndValues(source: ImageSource) {
  const image = await readImage(source);
  expect(image.dtype).toBe('int32');
  const { shape } = image;
  const values = [...image.dataSync()];
  image.dispose();
  return { shape, values };
}

const firstPixel = async (file: Sharp) => (await shapeAndValues(await file.toBuffer())).values.slice(0, 3);

describe('of files', () => {
  it('reads a path, a Buffer, a Uint8Array, an ArrayBuffer, a Blob and a File alike', async () => {
    const buffer = await gradient().png().toBuffer();
    const path = join(folder, 'gradient.png');
    writeFileSync(path, buffer);
    const bytes = new Uint8Array(buffer);
    const expected = await shapeAndValues(path);
    expect(expected.shape).toEqual([30, 40, 3]);
    expect(expected.values.slice(0, 6)).toEqual([0, 0, 60, 6, 0, 60]);
    expect(expected.values.slice(-3)).toEqual([39 * 6, 29 * 8, 60]);
    for (const source of [buffer, bytes, bytes.buffer, new Blob([bytes]), new File([bytes], 'gradient.png')]) {
      expect(await shapeAndValues(source)).toEqual(expected);
    }
  });

  it.each(['jpeg', 'webp', 'avif', 'tiff', 'gif'] as const)('reads %s', async (format) => {
    const { shape, values } = await shapeAndValues(await gradient().toFormat(format, { quality: 95 }).toBuffer());
    const { values: expected } = await shapeAndValues(await gradient().png().toBuffer());
    expect(shape).toEqual([30, 40, 3]);
    const meanError = values.reduce((sum, value, i) => sum + Math.abs(value - expected[i]!), 0) / values.length;
    expect(meanError).toBeLessThan(4);
  });

  it('turns the image as its EXIF orientation says', async () => {
    // 6: the camera was turned; what is stored at the left edge belongs at the top.
    const turned = await shapeAndValues(await gradient().withMetadata({ orientation: 6 }).png().toBuffer());
    expect(turned.shape).toEqual([40, 30, 3]);
    // The top right corner is what was stored at the top left.
    expect(turned.values.slice(29 * 3, 30 * 3)).toEqual([0, 0, 60]);
  });

  it('puts transparency on white', async () => {
    expect(await firstPixel(plain(4, { r: 255, g: 0, b: 0, alpha: 0 }).png())).toEqual([255, 255, 255]);
    const [red, green, blue] = await firstPixel(plain(4, { r: 255, g: 0, b: 0, alpha: 0.5 }).png());
    expect(red).toBe(255);
    expect(Math.abs(green! - 127)).toBeLessThanOrEqual(1);
    expect(blue).toBe(green);
  });

  it('makes RGB of grey and of CMYK', async () => {
    const grey = sharp(Buffer.alloc(12, 100), { raw: { width: 4, height: 3, channels: 1 } }).toColourspace('b-w');
    expect(await firstPixel(grey.clone().png())).toEqual([100, 100, 100]);
    expect(await firstPixel(grey.clone().jpeg())).toEqual([100, 100, 100]);
    const cmyk = await firstPixel(plain(3, { r: 100, g: 100, b: 100 }).toColourspace('cmyk').jpeg());
    // As near as the conversion between inks and light comes without a profile.
    for (const value of cmyk) expect(Math.abs(value - 100)).toBeLessThan(20);
  });

  it('makes 8 bits of 16', async () => {
    // 25700 = 100 * 257.
    expect(await firstPixel(wide(3, 'rgb16', 25_700).png())).toEqual([100, 100, 100]);
    expect(await firstPixel(wide(1, 'grey16', 25_700).png())).toEqual([100, 100, 100]);
    // Half of half grey on white: 0.5 * 0.5 + 0.5.
    const [value] = await firstPixel(wide(4, 'rgb16', 32_768).png());
    expect(Math.abs(value! - 191)).toBeLessThanOrEqual(1);
  });
});

describe('of broken files', () => {
  it('names the file that is missing, none or broken', async () => {
    const missing = join(folder, 'missing.jpg');
    await expect(readImage(missing)).rejects.toThrow(`readImage: cannot read "${missing}" as an image: `);
    const text = join(folder, 'text.jpg');
    writeFileSync(text, 'no image');
    await expect(readImage(text)).rejects.toThrow(`cannot read "${text}" as an image: `);
    await expect(readImage(folder)).rejects.toThrow(`cannot read "${folder}" as an image: `);
    await expect(readImage(new Uint8Array(3))).rejects.toThrow('cannot read the given 3 bytes as an image: ');
    await expect(readImage(new Uint8Array(0))).rejects.toThrow('cannot read the given 0 bytes as an image: ');
    await expect(readImage(new Blob(['none']))).rejects.toThrow('cannot read the given blob of 4 bytes as an image: ');
    await expect(readImage(new File(['none'], 'a.png'))).rejects.toThrow('cannot read "a.png" as an image: ');
    await expect(readImage('a.png\0.jpg')).rejects.toThrow(/^readImage: cannot read "a.png/);
  });

  it('refuses an image that claims more pixels than fit', async () => {
    const png = await gradient().png().toBuffer();
    png.writeUInt32BE(0x7fff_ffff, 16);
    png.writeUInt32BE(0x7fff_ffff, 20);
    await expect(readImage(png)).rejects.toThrow(/cannot read the given \d+ bytes as an image: /);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)('refuses a truncated %s', async (format) => {
    const whole = await gradient().toFormat(format).toBuffer();
    await expect(readImage(whole.subarray(0, whole.length * 0.6))).rejects.toThrow(/^readImage: cannot read the given/);
  });

  it('reads or refuses whatever bytes are changed, and leaks nothing', async () => {
    const files = await Promise.all([gradient().jpeg().toBuffer(), gradient().png().toBuffer()]);
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), changes, async (file, edits) => {
        const bytes = new Uint8Array(file);
        for (const [index, value] of edits) bytes[index % bytes.length] = value;
        try {
          const image = await readImage(bytes);
          expect(image.shape[2]).toBe(3);
          image.dispose();
        } catch (error) {
          expect((error as Error).message).toMatch(/^readImage: cannot read the given \d+ bytes as an image: .+\.$/);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('of decoded pixels', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('takes pixels as they are, on white', async () => {
    const data = new Uint8Array([10, 20, 30, 255, 200, 0, 0, 0, 0, 0, 0, 51]);
    // 51 / 255 = 0.2 of black on white.
    const { shape, values } = await shapeAndValues({ data, width: 3, height: 1 });
    expect(shape).toEqual([1, 3, 3]);
    expect(values).toEqual([10, 20, 30, 255, 255, 255, 204, 204, 204]);
  });

  it('says what a source may be', async () => {
    for (const source of [undefined, null, 7, {}, [1]]) {
      await expect(readImage(source as unknown as ImageSource)).rejects.toThrow(
        /^readImage: `source` must be a path, .* got (undefined|null|7|an Object|an Array) \(/,
      );
    }
  });
});

describe('in a browser', () => {
  class Bitmap {
    closed = false;
    close() {
      this.closed = true;
    }
  }
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('leaves decoding to the browser, downloads an address, and frees the bitmap', async () => {
    const bitmap = new Bitmap();
    const decoded: { blob: Blob; options: ImageBitmapOptions }[] = [];
    vi.stubGlobal('createImageBitmap', async (blob: Blob, options: ImageBitmapOptions) => {
      decoded.push({ blob, options });
      return bitmap;
    });
    vi.stubGlobal('fetch', async () => new Response(new Uint8Array([1, 2, 3])));
    // Behind our back the drawing to a canvas, which Node has none of.
    Object.assign(bitmap, { data: new Uint8Array([9, 8, 7, 255]), width: 1, height: 1 });
    expect((await shapeAndValues('cat.jpg')).values).toEqual([9, 8, 7]);
    expect(bitmap.closed).toBe(true);
    expect(decoded[0]!.blob.size).toBe(3);
    expect(decoded[0]!.options.imageOrientation).toBe('from-image');
  });

  it('names the file that the browser cannot decode, or the server not give', async () => {
    vi.stubGlobal('createImageBitmap', async () => {
      throw new Error('The source image could not be decoded');
    });
    await expect(readImage(new File(['none'], 'a.png'))).rejects.toThrow(
      'readImage: cannot read "a.png" as an image: The source image could not be decoded.',
    );
    vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
    await expect(readImage('cat.jpg')).rejects.toThrow('cannot read "cat.jpg" as an image: the server answered 404.');
  });
});

it('says what to install where there is no sharp', async () => {
  vi.resetModules();
  vi.doMock('sharp', () => {
    throw new Error('Cannot find package');
  });
  const { readImage: withoutSharp } = await import('./read-image.js');
  await expect(withoutSharp('photo.jpg')).rejects.toThrow(
    'readImage: reading "photo.jpg" needs the package sharp: npm install sharp.',
  );
  vi.doUnmock('sharp');
  vi.resetModules();
  expect(tf.memory().numTensors).toBe(0);
});
