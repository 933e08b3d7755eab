import { checkOptions, type OptionRules, oneOf, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { assertBackend } from './assert-backend.js';
import { type ColourProfile, decodeWithSharp } from './decode-with-sharp.js';
import { whyUnread } from './unread-format.js';

/** Pixels that are decoded already: what `tf.browser.fromPixels` takes. */
type Pixels =
  | tf.PixelData
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas;

/** A path (in a browser an address), an image file's content, or decoded pixels. */
export type ImageSource = string | Uint8Array | ArrayBuffer | Blob | Pixels;

/** Options of {@link readImage}. */
export interface ReadImageOptions {
  /**
   * Of a file that has a colour profile: `'ignore'` gives the levels as they are stored, as TensorFlow, Pillow and torchvision do,
   * by which networks are trained and measured; `'apply'` converts them to sRGB, as a viewer does. Default `'ignore'`.
   */
  readonly colourProfile?: ColourProfile;
}

const RULES: OptionRules<ReadImageOptions> = { colourProfile: oneOf(['ignore', 'apply']) };

/**
 * Reads an image: int32 `[height, width, 3]`, values of 0..255. The caller disposes it.
 *
 * Files (JPEG, PNG, WebP, AVIF, GIF, TIFF, SVG) are decoded by sharp in Node, and by the browser in a browser, turned as
 * their EXIF orientation says. Transparency is put on white; grey, CMYK (by Pillow's formula; a browser has its own) and 16-bit
 * images become 8-bit RGB, 16 bits by their upper 8; of an animation the first frame is read.
 *
 * @param source A path (in a browser an address), an image file's content, or decoded pixels.
 * @throws Error when the file is none of an image, is broken, holds numbers that are no levels (a TIFF of floats), or sharp is not
 * installed; it names the file, and formats that are not read (HEIC). TypeError when the source is of another kind.
 * @example
 * ```ts
 * import { readImage } from '@nfnets/inference';
 *
 * const fromFile = await readImage('photo.jpg');
 * const response = await fetch('https://example.com/photo.jpg');
 * const fromServer = await readImage(await response.blob());
 * console.log(fromFile.shape, fromServer.shape); // [height, width, 3]
 * ```
 */
export async function readImage(source: ImageSource, options: ReadImageOptions = {}): Promise<tf.Tensor3D> {
  checkOptions<ReadImageOptions>('readImage', options, RULES);
  const { colourProfile = 'ignore' } = options;
  assertBackend('readImage');
  const name = nameOf(source);
  if (!isFile(source)) return fromPixels(source, name);
  if (typeof createImageBitmap === 'function') {
    const bitmap = await decodeInBrowser(source, name, colourProfile);
    try {
      return fromPixels(bitmap, name);
    } finally {
      bitmap.close();
    }
  }
  const { data, height, width } = await decodeWithSharp(await pathOrBytes(source, name), name, colourProfile);
  return tf.tensor3d(data, [height, width, 3], 'int32');
}

type ImageFile = string | Uint8Array | ArrayBuffer | Blob;

function isFile(source: ImageSource): source is ImageFile {
  return (
    typeof source === 'string' ||
    source instanceof Uint8Array ||
    source instanceof ArrayBuffer ||
    source instanceof Blob
  );
}

async function pathOrBytes(source: ImageFile, name: string): Promise<string | Uint8Array> {
  if (typeof source === 'string' || source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const bytes = await source.arrayBuffer().catch((error: Error) => {
    throw new Error(`readImage: cannot read ${name}: ${error.message}.`, { cause: error });
  });
  return new Uint8Array(bytes);
}

async function decodeInBrowser(source: ImageFile, name: string, colourProfile: ColourProfile): Promise<ImageBitmap> {
  let head = new Uint8Array(0);
  try {
    const blob = typeof source === 'string' ? await download(source) : new Blob([source as BlobPart]);
    head = new Uint8Array(await blob.slice(0, 16).arrayBuffer());
    return await createImageBitmap(blob, {
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
      colorSpaceConversion: colourProfile === 'ignore' ? 'none' : 'default',
    });
  } catch (error) {
    throw new Error(`readImage: cannot read ${name} as an image: ${whyUnread(head, (error as Error).message)}`, {
      cause: error,
    });
  }
}

async function download(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.blob();
}

function fromPixels(pixels: Pixels, name: string): tf.Tensor3D {
  assertPixelData(pixels);
  return tf.tidy(() => {
    let rgba: tf.Tensor3D;
    try {
      rgba = tf.browser.fromPixels(pixels as tf.PixelData, 4);
    } catch (error) {
      throw new TypeError(
        `readImage: \`source\` must be a path, a file's bytes or Blob, an image, video or canvas element, an ImageBitmap or ImageData, got ${name} (${(error as Error).message}).`,
        { cause: error },
      );
    }
    const [height, width] = rgba.shape;
    const colours = tf.slice(rgba, [0, 0, 0], [height, width, 3]);
    const alpha = tf.slice(rgba, [0, 0, 3], [height, width, 1]);
    const onWhite = tf.add(tf.div(tf.mul(tf.cast(colours, 'float32'), alpha), 255), tf.sub(255, alpha));
    return tf.cast(tf.round(onWhite), 'int32') as tf.Tensor3D;
  });
}

/** tfjs would make black of floats of 0..1, and pixels of what is not there of too few bytes. */
function assertPixelData(pixels: Pixels): void {
  if (typeof pixels !== 'object' || pixels === null || !('data' in pixels)) return;
  const { data, width, height } = pixels;
  const type = ArrayBuffer.isView(data) ? (data as Uint8Array)[Symbol.toStringTag] : undefined;
  const isBytes = type === 'Uint8Array' || type === 'Uint8ClampedArray';
  if (isBytes && data.length === width * height * 4) return;
  const got = isBytes ? `${data.length} of them` : show(data);
  throw new TypeError(
    `readImage: \`source.data\` must be the ${width} x ${height} x 4 bytes of red, green, blue and opacity, got ${got}.`,
  );
}

/** What an error calls the source. */
function nameOf(source: ImageSource): string {
  if (typeof source === 'string') return JSON.stringify(source);
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return `the given ${source.byteLength} bytes`;
  if (source instanceof Blob) {
    const { name } = source as Partial<File>;
    return name === undefined ? `the given blob of ${source.size} bytes` : JSON.stringify(name);
  }
  return source === null || typeof source !== 'object' ? String(source) : `an ${source.constructor?.name ?? 'object'}`;
}
