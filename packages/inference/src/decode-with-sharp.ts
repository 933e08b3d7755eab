import type { Sharp } from 'sharp';
import { whyUnread } from './unread-format.js';

/** Red, green and blue of every pixel, row by row. */
export interface DecodedImage {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Whether the colour profile inside of a file is left aside, or its colours are converted to sRGB. */
export type ColourProfile = 'ignore' | 'apply';

/** How sharp calls the levels that images are made of. */
const LEVELS = ['uchar', 'ushort'];

/**
 * Decodes a file, or its bytes: turned as its EXIF orientation says, transparency on white, grey and CMYK to RGB, 16 bits to 8;
 * of an animation the first frame.
 *
 * @throws Error when sharp is not installed, cannot read the file, or finds numbers in it that are no levels.
 */
export async function decodeWithSharp(
  source: string | Uint8Array,
  name: string,
  colourProfile: ColourProfile,
): Promise<DecodedImage> {
  const sharp = await importSharp(name);
  try {
    const ignoreIcc = colourProfile === 'ignore';
    const image = sharp(source, { ignoreIcc });
    const { space, depth, channels } = await image.metadata();
    if (!LEVELS.includes(depth)) {
      throw new Error(`it holds numbers of the type ${depth}, not levels. Scale them to 0..255 and pass a tensor`);
    }
    if (space === 'cmyk' && channels === 4 && ignoreIcc) return await decodeInks(image);
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
    return { data, height: info.height, width: info.width };
  } catch (error) {
    // libvips says the same of every broken part.
    const [reason] = (error as Error).message.trim().split('\n');
    throw new Error(`readImage: cannot read ${name} as an image: ${whyUnread(await headOf(source), reason!)}`, {
      cause: error,
    });
  }
}

/** As Pillow converts inks: `255 - black - ink * (255 - black) / 255`, where sharp guesses at printers. */
async function decodeInks(image: Sharp): Promise<DecodedImage> {
  const { data: inks, info } = await image
    .pipelineColourspace('cmyk')
    .autoOrient()
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const data = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const light = 255 - inks[from + 3]!;
    for (let ink = 0; ink < 3; ink++) data[to++] = light - divide255(inks[from + ink]! * light);
  }
  return { data, height: info.height, width: info.width };
}

/** `x / 255`, rounded, in whole numbers. */
function divide255(x: number): number {
  return (((x + 128) >> 8) + x + 128) >> 8;
}

/** The first bytes of a file; none where it cannot be opened. */
async function headOf(source: string | Uint8Array): Promise<Uint8Array> {
  if (typeof source !== 'string') return source.subarray(0, 16);
  // In a variable, so that a bundler for browsers leaves it out.
  const files = 'node:fs/promises';
  try {
    const { open } = (await import(
      /* @vite-ignore */ /* webpackIgnore: true */ files
    )) as typeof import('node:fs/promises');
    const file = await open(source);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(16), 0, 16, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return new Uint8Array(0);
  }
}

async function importSharp(name: string) {
  // In a variable, so that a bundler for browsers leaves it out.
  const sharp = 'sharp';
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ sharp)) as typeof import('sharp');
    return module.default;
  } catch (error) {
    throw new Error(
      `readImage: reading ${name} needs the package sharp: npm install sharp. Or pass a tensor [height, width, 3].`,
      { cause: error },
    );
  }
}
