import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import sharp, { type CreateRaw, type Sharp } from 'sharp';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type ImageSource, type ReadImageOptions, readImage } from './index.js';

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

async function shapeAndValues(source: ImageSource, options?: ReadImageOptions) {
  const image = await readImage(source, options);
  expect(image.dtype).toBe('int32');
  const { shape } = image;
  const values = [...image.dataSync()];
  image.dispose();
  return { shape, values };
}

const firstPixel = async (file: Sharp, options?: ReadImageOptions) =>
  (await shapeAndValues(await file.toBuffer(), options)).values.slice(0, 3);

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
    const cmyk = await firstPixel(plain(3, { r: 100, g: 100, b: 100 }).toColourspace('cmyk').jpeg(), {
      colourProfile: 'apply',
    });
    // As near as the conversion between inks and light comes without a profile.
    for (const value of cmyk) expect(Math.abs(value - 100)).toBeLessThan(20);
  });

  it('makes RGB of inks as Pillow does', async () => {
    // Pillow 12.3: Image.fromarray(inks, 'CMYK').convert('RGB').
    const inks = [
      [197, 50, 75, 151],
      [90, 187, 151, 52],
      [155, 3, 28, 41],
      [0, 0, 0, 0],
      [255, 128, 1, 0],
      [9, 9, 9, 255],
    ];
    const expected = [
      [24, 84, 73],
      [131, 54, 83],
      [84, 211, 191],
      [255, 255, 255],
      [0, 127, 254],
      [0, 0, 0],
    ];
    expect((await shapeAndValues(inksTiff(inks))).values).toEqual(expected.flat());
    expect((await shapeAndValues(inksTiff(inks), { colourProfile: 'apply' })).values).not.toEqual(expected.flat());
  });

  it('leaves a colour profile aside, or applies it', async () => {
    // What is stored of sRGB's (200, 60, 30) in Display P3.
    const wide = plain(3, { r: 200, g: 60, b: 30 }).withIccProfile('p3').png();
    const stored = await firstPixel(wide);
    expect(stored).toEqual([185, 71, 43]);
    expect(await firstPixel(wide, { colourProfile: 'ignore' })).toEqual(stored);
    expect(await firstPixel(wide, { colourProfile: 'apply' })).toEqual([200, 60, 30]);
    const plainFile = plain(3, { r: 200, g: 60, b: 30 }).png();
    expect(await firstPixel(plainFile, { colourProfile: 'apply' })).toEqual([200, 60, 30]);
  });

  it('reads palettes, one bit, grey with opacity, one pixel and the first frame', async () => {
    const red = plain(3, { r: 255, g: 0, b: 0 });
    expect(await firstPixel(red.clone().png({ palette: true }))).toEqual([255, 0, 0]);
    const grey = (values: number[], channels: 1 | 2) =>
      sharp(Uint8Array.from(values), { raw: { width: values.length / channels, height: 1, channels } });
    expect(
      (await shapeAndValues(await grey([0, 255], 1).toColourspace('b-w').png({ palette: true, colours: 2 }).toBuffer()))
        .values,
    ).toEqual([0, 0, 0, 255, 255, 255]);
    const [half] = await firstPixel(grey([0, 128], 2).toColourspace('b-w').png());
    expect(Math.abs(half! - 127)).toBeLessThanOrEqual(1);
    const dot = await shapeAndValues(await grey([7], 1).toColourspace('b-w').png().toBuffer());
    expect(dot).toEqual({ shape: [1, 1, 3], values: [7, 7, 7] });
    const frames = sharp(
      Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (i < 24 ? 255 : 0)),
      {
        raw: { width: 4, height: 4, channels: 3, pageHeight: 2 },
      },
    ).gif({ delay: [10, 10] });
    const { shape, values } = await shapeAndValues(await frames.toBuffer());
    expect(shape).toEqual([2, 4, 3]);
    expect(values.every((value) => value === 255)).toBe(true);
  });

  it.each([
    ['float', Float32Array.of(0, 0.5, 1, 0.25), 3],
    ['int', Int32Array.of(0, 255, 7, 9), 2],
    ['uint', Uint32Array.of(0, 255, 7, 9), 1],
    ['short', Int16Array.of(0, 255, 7, 9), 2],
  ] as const)('refuses a TIFF of %s, which holds no levels', async (depth, numbers, format) => {
    const bits = numbers.BYTES_PER_ELEMENT * 8;
    const tiff = tiffOf(new Uint8Array(numbers.buffer), { width: 4, bits, samples: 1, photometric: 1, format });
    await expect(readImage(tiff)).rejects.toThrow(
      `bytes as an image: it holds numbers of the type ${depth}, not levels. Scale them to 0..255 and pass a tensor.`,
    );
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

interface TiffRow {
  readonly width: number;
  readonly bits: number;
  readonly samples: number;
  /** 1: grey, 5: inks. */
  readonly photometric: 1 | 5;
  /** 1: whole numbers from 0, 2: whole numbers, 3: floats. */
  readonly format: 1 | 2 | 3;
}

/** An uncompressed TIFF of one row, which sharp does not write of other numbers than levels. */
function tiffOf(data: Uint8Array, { width, bits, samples, photometric, format }: TiffRow): Uint8Array {
  // Tag, type (3: 16 bits, 4: 32 bits), count, value.
  const tags = [
    [256, 4, 1, width],
    [257, 4, 1, 1],
    [258, 3, 1, bits],
    [259, 3, 1, 1],
    [262, 3, 1, photometric],
    [273, 4, 1, 8],
    [277, 3, 1, samples],
    [278, 4, 1, 1],
    [279, 4, 1, data.length],
    [339, 3, 1, format],
  ] as const;
  const bytes = new Uint8Array(8 + data.length + 2 + tags.length * 12 + 4);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, 8 + data.length, true);
  bytes.set(data, 8);
  view.setUint16(8 + data.length, tags.length, true);
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    const at = 10 + data.length + i * 12;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  }
  return bytes;
}

const inksTiff = (pixels: readonly (readonly number[])[]) =>
  tiffOf(Uint8Array.from(pixels.flat()), { width: pixels.length, bits: 8, samples: 4, photometric: 5, format: 1 });

describe('of broken files', () => {
  it.each([
    ['HEIC', [0, 0, 0, 24, ...Buffer.from('ftypheic')]],
    ['HEIC', [0, 0, 0, 24, ...Buffer.from('ftypheix')]],
    ['JPEG XL', [0xff, 0x0a, 1, 2, 3, 4]],
    ['BMP', [...Buffer.from('BM'), 0, 0, 0, 0]],
    ['PDF', [...Buffer.from('%PDF-1.7')]],
  ])('names a format that is not read: %s', async (format, head) => {
    const bytes = Uint8Array.from([...head, ...new Uint8Array(40)]);
    const path = join(folder, `${format}.bin`);
    writeFileSync(path, bytes);
    for (const source of [bytes, path]) {
      await expect(readImage(source)).rejects.toThrow(`as an image: it is ${format}, which is not read (`);
      await expect(readImage(source)).rejects.toThrow('Save it as JPEG or PNG.');
    }
  });

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

  it('refuses pixels that are no bytes, or too few', async () => {
    const floats = { data: Float32Array.of(0.5, 0.5, 0.5, 1), width: 1, height: 1 };
    await expect(readImage(floats as unknown as ImageSource)).rejects.toThrow(
      'readImage: `source.data` must be the 1 x 1 x 4 bytes of red, green, blue and opacity, got a Float32Array',
    );
    await expect(readImage({ data: new Uint8Array(3), width: 1, height: 1 })).rejects.toThrow('got 3 of them');
  });

  it('refuses options that it does not know', async () => {
    const call = readImage as (...args: unknown[]) => Promise<unknown>;
    await expect(call('a.png', { colorProfile: 'apply' })).rejects.toThrow('did you mean `colourProfile`?');
    await expect(call('a.png', { colourProfile: 'srgb' })).rejects.toThrow(
      "must be one of 'ignore', 'apply', got \"srgb\"",
    );
    await expect(call('a.png', 3)).rejects.toThrow(
      'readImage: options must be an object like { colourProfile }, got 3',
    );
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
    expect(decoded[0]!.options).toMatchObject({ imageOrientation: 'from-image', colorSpaceConversion: 'none' });
    await shapeAndValues('cat.jpg', { colourProfile: 'apply' });
    expect(decoded[1]!.options.colorSpaceConversion).toBe('default');
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
