import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { FilePart, Image, Sample } from './image-source.js';

/** A stored image that cannot be read, or is not one. */
export class CorruptImageError extends Error {}

type Sharp = typeof import('sharp').default;
let importing: Promise<Sharp> | undefined;

/**
 * The pixels of a stored image. Files are turned as their EXIF orientation says, transparency is put on white, and colours
 * become as many channels as wanted; of an animation the first frame is taken.
 *
 * @throws CorruptImageError if it cannot be read, or is broken in any part
 * @throws RangeError if it holds pixels of another number of channels
 */
export async function decodeImage(image: Sample['image'], channels: number): Promise<Image> {
  if ('data' in image) {
    if (image.channels === channels) return image;
    throw new RangeError(`imageLoader: \`channels\` must be those of the pixels, ${image.channels}, got ${channels}.`);
  }
  importing ??= importSharp();
  const sharp = await importing;
  try {
    const bytes = image instanceof Uint8Array ? image : readPart(image);
    // A warning is an error: of a file that is cut off, the rest would be grey.
    const { data, info } = await sharp(bytes, { sequentialRead: true, failOn: 'warning' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`it has ${info.channels} channels`);
    return { data, height: info.height, width: info.width, channels };
  } catch (error) {
    // libvips says the same of every broken part, a line each.
    const [reason] = (error as Error).message.trim().split('\n');
    throw new CorruptImageError(reason, { cause: error });
  }
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

async function importSharp(): Promise<Sharp> {
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
