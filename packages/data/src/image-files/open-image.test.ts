import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openImage } from './open-image.js';

const settings = { channels: 3, colourProfile: 'ignore' } as const;
const grey = { ...settings, channels: 1 };
const pixels = async (bytes: Uint8Array, each: typeof settings | typeof grey = settings) => [
  ...(await (await openImage(bytes, each as typeof settings)).whole()).data,
];

/** An image of the given pixels in one row. */
const row = (...colours: readonly (readonly number[])[]) =>
  sharp(Buffer.from(colours.flat()), {
    raw: { width: colours.length, height: 1, channels: colours[0]!.length as 3 },
  });

describe('grey', () => {
  it('is 0.299 of red, 0.587 of green and 0.114 of blue, as of Pillow', async () => {
    const png = await row([255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 60, 30], [77, 77, 77]).png().toBuffer();
    // Pillow 12: Image.convert('L').
    expect(await pixels(png, grey)).toEqual([76, 150, 29, 98, 77]);
  });

  it('of a grey file is that of the file, and of one with transparency that on white', async () => {
    const levels = [0, 1, 127, 254, 255];
    const png = await row(...levels.map((level) => [level, level, level]))
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect(await pixels(png, grey)).toEqual(levels);
    expect(await pixels(await row([10, 20, 30, 0], [10, 20, 30, 255]).png().toBuffer())).toEqual([
      255, 255, 255, 10, 20, 30,
    ]);
  });
});

it('takes the numbers of a file with a profile as they are, or converts them', async () => {
  const p3 = await row([200, 60, 30]).keepIccProfile().withIccProfile('p3').png().toBuffer();
  const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
  expect(await pixels(p3)).toEqual([...stored]);
  const applied = await pixels(p3, { ...settings, colourProfile: 'apply' } as never);
  expect(applied).not.toEqual([...stored]);
  // What was converted to P3 and back.
  for (const [i, value] of [200, 60, 30].entries()) expect(Math.abs(applied[i]! - value)).toBeLessThanOrEqual(3);
});

it.each(['jpeg', 'tiff'] as const)('converts CMYK as Pillow does (%s)', async (format) => {
  const inks = [
    [0, 0, 0, 0],
    [255, 0, 0, 0],
    [0, 255, 255, 0],
    [99, 196, 126, 8],
    [10, 20, 30, 255],
  ];
  const width = 16 * inks.length;
  // Of a JPEG, blocks of one colour stay as they are.
  const data = Buffer.from(Array.from({ length: 16 * width }, (_, i) => inks[Math.floor((i % width) / 16)]!).flat());
  const file = await sharp(data, { raw: { width, height: 16, channels: 4 } })
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    [format](format === 'jpeg' ? { quality: 100, chromaSubsampling: '4:4:4' } : {})
    .toBuffer();
  const { space } = await sharp(file).metadata();
  expect(space).toBe('cmyk');
  // As sharp took the four bytes of `data`: what is stored is read back first.
  const stored = await sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
  const expected = Array.from({ length: stored.length / 4 }, (_, pixel) => {
    const [c, m, y, k] = stored.subarray(4 * pixel);
    // Pillow's MULDIV255.
    const product = (a: number, b: number) => ((((a * b + 128) >> 8) + a * b + 128) >> 8) as number;
    return [c!, m!, y!].map((ink) => Math.max(0, 255 - k! - product(ink, 255 - k!)));
  }).flat();
  expect(await pixels(file)).toEqual(expected);
  expect(new Set(expected).size).toBeGreaterThan(4);
});

it('refuses floats, whose range a file does not tell', async () => {
  // One pixel: width, height, bits, compression, photometry, place, samples, rows, bytes, floats; each of 16 bits.
  const tags = { 256: 1, 257: 1, 258: 32, 259: 1, 262: 1, 273: 134, 277: 1, 278: 1, 279: 4, 339: 3 };
  const tiff = Buffer.alloc(138);
  tiff.write('II*\0\b', 'latin1');
  tiff.writeUInt16LE(10, 8);
  for (const [i, [tag, value]] of Object.entries(tags).entries()) {
    const at = 10 + 12 * i;
    for (const [word, part] of [Number(tag), 3, 1, 0, value].entries()) tiff.writeUInt16LE(part, at + 2 * word);
  }
  tiff.writeFloatLE(0.5, 134);
  await expect(pixels(tiff)).rejects.toThrow('it holds numbers of type float, whose range is not known');
});

describe('bitmaps', () => {
  /** A bitmap of 3 x 2 pixels: its header, palette and lines, the last line first. */
  function bmp(bits: number, lines: readonly (readonly number[])[], { palette = [] as number[], height = 2 } = {}) {
    const header = Buffer.alloc(54);
    header.write('BM');
    header.writeUInt32LE(54 + palette.length, 10);
    header.writeUInt32LE(40, 14);
    header.writeInt32LE(3, 18);
    header.writeInt32LE(height, 22);
    header.writeUInt16LE(1, 26);
    header.writeUInt16LE(bits, 28);
    return Buffer.concat([header, Buffer.from(palette), Buffer.from(lines.flat())]);
  }
  const wanted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19];
  const [upper, lower] = [
    [3, 2, 1, 6, 5, 4, 9, 8, 7, 0, 0, 0],
    [13, 12, 11, 16, 15, 14, 19, 18, 17, 0, 0, 0],
  ];

  it('are read from the last line up, or from the first where the height is negative', async () => {
    expect(await pixels(bmp(24, [lower!, upper!]))).toEqual(wanted);
    expect(await pixels(bmp(24, [upper!, lower!], { height: -2 }))).toEqual(wanted);
  });

  it('are read with a fourth byte, and with palettes', async () => {
    const withFourth = (line: readonly number[]) => [0, 3, 6].flatMap((at) => [...line.slice(at, at + 3), 99]);
    expect(await pixels(bmp(32, [withFourth(lower!), withFourth(upper!)]))).toEqual(wanted);
    const palette = [0, 0, 0, 0, 30, 20, 10, 0];
    const expected = [10, 20, 30, 0, 0, 0, 10, 20, 30, 0, 0, 0, 10, 20, 30, 10, 20, 30];
    const [first, second] = [
      [1, 0, 1],
      [0, 1, 1],
    ];
    expect(
      await pixels(
        bmp(
          8,
          [
            [...second!, 0],
            [...first!, 0],
          ],
          { palette },
        ),
      ),
    ).toEqual(expected);
    expect(
      await pixels(
        bmp(
          4,
          [
            [0x01, 0x10, 0, 0],
            [0x10, 0x10, 0, 0],
          ],
          { palette },
        ),
      ),
    ).toEqual(expected);
    expect(
      await pixels(
        bmp(
          1,
          [
            [0b01100000, 0, 0, 0],
            [0b10100000, 0, 0, 0],
          ],
          { palette },
        ),
      ),
    ).toEqual(expected);
  });

  it('are refused where they are cut off, or of another kind', async () => {
    await expect(pixels(bmp(24, [lower!]))).rejects.toThrow('it ends 12 bytes too early');
    await expect(pixels(Buffer.from('BM'))).rejects.toThrow('its header is cut off');
    await expect(pixels(bmp(16, [lower!, upper!]))).rejects.toThrow('a bitmap of 16 bits with compression 0');
  });
});

describe('netpbm', () => {
  const file = (header: string, ...bytes: number[]) => Buffer.concat([Buffer.from(header), Buffer.from(bytes)]);
  it.each<[string, Uint8Array, number[]]>([
    ['P6', file('P6\n# made by hand\n2 1\n255\n', 1, 2, 3, 4, 5, 6), [1, 2, 3, 4, 5, 6]],
    ['P5', file('P5 2 1 255\n', 7, 8), [7, 7, 7, 8, 8, 8]],
    ['P5 of 16 bits', file('P5 2 1 65535\n', 255, 255, 128, 0), [255, 255, 255, 128, 128, 128]],
    ['P5 of few levels', file('P5 2 1 3\n', 3, 1), [255, 255, 255, 85, 85, 85]],
    ['P4', file('P4 3 1\n', 0b01000000), [255, 255, 255, 0, 0, 0, 255, 255, 255]],
    ['P3', file('P3\n1 1 255\n 9 8\n7\n'), [9, 8, 7]],
    ['P2', file('P2 2 1 100 0 50'), [0, 0, 0, 128, 128, 128]],
    ['P1', file('P1 2 1\n01'), [255, 255, 255, 0, 0, 0]],
  ])('%s is read', async (_, bytes, expected) => expect(await pixels(bytes)).toEqual(expected));

  it.each<[string, Uint8Array, string]>([
    ['cut off', file('P6 2 1 255\n', 1, 2, 3, 4, 5), 'it ends 1 bytes too early'],
    ['text that is cut off', file('P2 2 1 255 0'), 'it is cut off'],
    ['no number', file('P5 x 1 255\n'), 'it must hold numbers in digits'],
    ['no pixels', file('P5 0 1 255\n'), 'must have sides and a maximum from 1, got 0 x 1 and 255'],
    ['levels above the greatest', file('P5 1 1 3\n', 9), 'it must hold levels to 3, got 9 at 0'],
  ])('%s is refused', async (_, bytes, message) => {
    await expect(pixels(bytes)).rejects.toThrow(message);
  });
});
