import type { Image } from '../image/image.js';
import { pixelKernel } from '../image/pixel-kernel.js';
import { bytesToFill } from '../image/reused-bytes.js';
import type { CropBox } from './crop-box.js';
import type { InterpolationTaps } from './interpolation-taps.js';

/**
 * The part of an image of three channels in `box`, weighed by the taps of rows and columns and rounded to bytes; undefined
 * where there is no kernel.
 */
export function resizeInKernel(
  { data, width, channels }: Image,
  box: CropBox,
  rows: InterpolationTaps,
  columns: InterpolationTaps,
): Uint8Array | undefined {
  const kernel = pixelKernel();
  if (!kernel) return undefined;
  const length = box.width * channels;
  const [height, columnCount] = [rows.pixels.length / 4, columns.pixels.length / 4];
  const resultLength = height * columnCount * channels;
  const arrays = [rows.pixels, rows.weights, columns.pixels, columns.weights];
  const lengths = [box.height * length, 4 * length, resultLength, ...arrays.map(({ byteLength }) => byteLength)];
  const { places, bytes } = kernel.share(lengths);
  const [from, line, to, ...taps] = places as [number, number, number, number, number, number, number];
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * width + box.left) * channels;
    bytes.set(data.subarray(start, start + length), from + y * length);
  }
  for (const [i, { buffer, byteOffset, byteLength }] of arrays.entries()) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), taps[i]!);
  }
  const [rowPixels, rowWeights, columnPixels, columnWeights] = taps;
  kernel.resizeToBytes(from, length, rowPixels, rowWeights, height, columnPixels, columnWeights, columnCount, line, to);
  const result = bytesToFill(resultLength);
  result.set(bytes.subarray(to, to + resultLength));
  return result;
}
