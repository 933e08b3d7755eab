import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { CropBox } from '@nfnets/augment';
import type { Sharp } from 'sharp';
import type { FilePart, Image, Sample } from '../dataset/image-source.js';
import { decodeJpeg } from '../jpeg/decode-jpeg.js';
import { readJpegHeader } from '../jpeg/jpeg-header.js';
import { decodeBmp } from './decode-bmp.js';
import { decodeNetpbm } from './decode-netpbm.js';
import { blaming, ImageError } from './image-failure.js';
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

/** A stored image whose size is known, and whose pixels, with the channels that are wanted, can be had. */
export interface OpenedImage {
  readonly height: number;
  readonly width: number;
  /** All of them. @throws ImageError, or rejects with it, if the image is broken in any part */
  readonly whole: () => Image | Promise<Image>;
  /** Those of a part; where they are no promise, they are to be used at once: the next image may be made in their place. */
  readonly part: (box: CropBox) => Image | Promise<Image>;
}

/**
 * Opens a stored image. Files are turned as their EXIF orientation says, and transparency is put on white; of an animation the
 * first frame is taken. Grey is Rec. 601 luma, and CMYK is converted without a profile, both as Pillow does.
 *
 * The usual JPEGs are decoded here, when their pixels are asked for, all others and broken ones by sharp.
 *
 * @throws ImageError if it cannot be read, is broken in any part, or holds pixels of another number of channels
 */
export async function openImage(image: Sample['image'], settings: DecodeSettings): Promise<OpenedImage> {
  const { channels, colourProfile } = settings;
  if ('data' in image) {
    if (image.channels === channels) return openedPixels(image);
    throw new ImageError(`of ${channels} channels, which pixels are not converted to`, `it has ${image.channels}`);
  }
  importing ??= importSharp();
  const sharp = await importing;
  const appliesProfiles = colourProfile === 'apply';
  const inChannels = (pixels: Image) => (channels === 1 ? luma(pixels) : pixels);
  const decodeBySharp = async (bytes: Uint8Array): Promise<Image> => {
    try {
      return inChannels(await decodeFile(bytes, sharp, appliesProfiles));
    } catch (error) {
      throw new ImageError('a whole image', error);
    }
  };
  const bytes = blaming('a whole image', () => (image instanceof Uint8Array ? image : readPart(image)));
  const header = appliesProfiles ? undefined : readJpegHeader(bytes);
  if (!header) return openedPixels(await decodeBySharp(bytes));
  const { height, width } = header;
  const whole = { top: 0, left: 0, height, width };
  return {
    height,
    width,
    whole() {
      const pixels = decodeJpeg(bytes, header, whole);
      return pixels ? inChannels({ ...pixels, data: pixels.data.slice() }) : decodeBySharp(bytes);
    },
    part(box) {
      const pixels = decodeJpeg(bytes, header, box);
      return pixels ? inChannels(pixels) : decodeBySharp(bytes).then((all) => cutOut(all, box));
    },
  };
}

function openedPixels(image: Image): OpenedImage {
  const { height, width } = image;
  return { height, width, whole: () => image, part: (box) => cutOut(image, box) };
}

function cutOut({ data, width, channels }: Image, box: CropBox): Image {
  const result = new Uint8Array(box.height * box.width * channels);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels;
    result.set(data.subarray(from, from + box.width * channels), y * box.width * channels);
  }
  return { data: result, height: box.height, width: box.width, channels };
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
