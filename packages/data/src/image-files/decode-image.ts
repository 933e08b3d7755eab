import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Sharp } from 'sharp';
import type { FilePart, Image, Sample } from '../dataset/image-source.js';
import { decodeBmp } from './decode-bmp.js';
import { decodeNetpbm } from './decode-netpbm.js';
import { ImageError } from './image-failure.js';
import { kindOfImage } from './kind-of-image.js';
import { cmykToRgb, luma } from './pillow-colours.js';

/** What becomes of the ICC profile of an image file. */
export const COLOUR_PROFILES = ['ignore', 'apply'] as const;
/** What becomes of the ICC profile of an image file. */
export type ColourProfile = (typeof COLOUR_PROFILES)[number];

/** How stored images become pixels. */
interface DecodeSettings {
  readonly channels: number;
  readonly colourProfile: ColourProfile;
}

type MakeSharp = typeof import('sharp').default;
/** How sharp calls the levels that images are made of. */
const LEVELS = ['uchar', 'ushort'];
let importing: Promise<MakeSharp> | undefined;

/**
 * The pixels of a stored image, with the channels that are wanted. Files are turned as their EXIF orientation says, and
 * transparency is put on white; of an animation the first frame is taken. Grey is Rec. 601 luma, and CMYK is converted without
 * a profile, both as Pillow does.
 *
 * @throws ImageError if it cannot be read, is broken in any part, or holds pixels of another number of channels
 */
export async function decodeImage(image: Sample['image'], { channels, colourProfile }: DecodeSettings): Promise<Image> {
  if ('data' in image) {
    if (image.channels === channels) return image;
    throw new ImageError(`of ${channels} channels, which pixels are not converted to`, `it has ${image.channels}`);
  }
  importing ??= importSharp();
  const sharp = await importing;
  try {
    const bytes = image instanceof Uint8Array ? image : readPart(image);
    const decoded = await decodeFile(bytes, sharp, colourProfile === 'apply');
    return channels === 1 ? luma(decoded) : decoded;
  } catch (error) {
    throw new ImageError('a whole image', error);
  }
}

/** Red, green and blue of a file. */
async function decodeFile(bytes: Uint8Array, sharp: MakeSharp, appliesProfiles: boolean): Promise<Image> {
  const open = (): Sharp =>
    // A warning is an error: of a file that is cut off, the rest would be grey.
    sharp(bytes, { sequentialRead: true, failOn: 'warning', ignoreIcc: !appliesProfiles }).autoOrient();
  const kind = kindOfImage(bytes);
  if (kind === 'bmp') return decodeBmp(bytes);
  if (kind === 'netpbm') return decodeNetpbm(bytes);
  // Only these can be CMYK or hold floats; of others the header need not be read twice.
  if (kind === 'cmyk' || kind === 'tiff') {
    const { depth, space } = await open().metadata();
    if (!LEVELS.includes(depth)) throw new Error(`it holds numbers of type ${depth}, whose range is not known`);
    if (space === 'cmyk' && !appliesProfiles) {
      return cmykToRgb(await pixelsOf(open().pipelineColourspace('cmyk').toColourspace('cmyk'), 4));
    }
  }
  return pixelsOf(open().flatten({ background: '#ffffff' }).toColourspace('srgb'), 3);
}

async function pixelsOf(image: Sharp, channels: number): Promise<Image> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) throw new Error(`it has ${info.channels} channels`);
  return { data, height: info.height, width: info.width, channels };
}

function readPart({ path, start = 0, length }: FilePart): Uint8Array {
  if (length === undefined) return readFileSync(path);
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    const read = readSync(file, bytes, 0, length, start);
    if (read === length) return bytes;
    throw new Error(`${path} ends ${length - read} bytes too early`);
  } finally {
    closeSync(file);
  }
}

async function importSharp(): Promise<MakeSharp> {
  try {
    const { default: sharp } = await import('sharp');
    // Images are decoded in many threads, each of which would start threads of its own for one image.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (error) {
    throw new Error('imageLoader: reading image files needs the package sharp: npm install sharp.', { cause: error });
  }
}
