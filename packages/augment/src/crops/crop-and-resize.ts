import { show } from '@nfnets/options';
import { assertImageOrFloats, type FloatImage, type Image } from '../image/image.js';
import { pixelSize } from '../image/option-rules.js';
import type { CropBox } from './crop-box.js';
import { INTERPOLATIONS, type Interpolation, type InterpolationTaps, interpolationTaps } from './interpolation-taps.js';
import { resizeInKernel } from './resize-kernel.js';

/**
 * Cuts `box` out of an image and resizes it, as TensorFlow 2's `tf.image.resize(antialias=False)` does. Bicubic values may
 * leave 0..255; `toBytes` clips them.
 *
 * @param image Bytes or floats.
 * @param box The window that is cut out, in pixels.
 * @param size `[height, width]` of the result.
 * @param interpolation How pixels between pixels are made. Default `'bicubic'`.
 * @throws RangeError when the box does not lie in the image, or `size` or `interpolation` is none; TypeError for what is no image.
 * @example
 * ```ts
 * import { cropAndResize, toBytes } from '@nfnets/augment';
 *
 * const image = { data: new Uint8Array(480 * 640 * 3).fill(90), height: 480, width: 640, channels: 3 };
 * const small = toBytes(cropAndResize(image, { top: 0, left: 80, height: 480, width: 480 }, [224, 224]));
 * ```
 */
export function cropAndResize(
  image: Image | FloatImage,
  box: CropBox,
  size: readonly [number, number],
  interpolation: Interpolation = 'bicubic',
): FloatImage {
  assertImageOrFloats('cropAndResize', image);
  assertBox(box, image);
  if (!(Array.isArray(size) && pixelSize.holds(size))) {
    throw new RangeError(`cropAndResize: \`size\` must be [height, width] of whole numbers from 1, got ${show(size)}.`);
  }
  if (!INTERPOLATIONS.includes(interpolation)) {
    throw new RangeError(
      `cropAndResize: \`interpolation\` must be one of ${INTERPOLATIONS.join(', ')}, got ${show(interpolation)}.`,
    );
  }
  return resampled(image, box, size, interpolation);
}

function resampled(
  image: Image | FloatImage,
  box: CropBox,
  size: readonly [number, number],
  interpolation: Interpolation,
): FloatImage {
  const [height, width] = size;
  const { data, channels } = image;
  const rows = interpolationTaps(box.height, height, interpolation);
  const columns = interpolationTaps(box.width, width, interpolation);
  const result = new Float32Array(height * width * channels);
  const line = new Float32Array(box.width * channels);
  const pitch = image.width * channels;
  const origin = box.top * pitch + box.left * channels;
  for (let y = 0; y < height; y++) {
    weighRows(line, data, origin, pitch, rows, y * 4);
    weighColumns(result, y * width * channels, line, channels, columns);
  }
  return { data: result, height, width, channels };
}

/** `toBytes(cropAndResize(...))` of what was checked already, byte for byte, and twice as fast in colour. */
export function cropAndResizeBytes(
  image: Image,
  box: CropBox,
  size: readonly [number, number],
  interpolation: Interpolation = 'bicubic',
): Image {
  const [height, width] = size;
  const { channels } = image;
  if (channels === 3) {
    const rows = interpolationTaps(box.height, height, interpolation);
    const columns = interpolationTaps(box.width, width, interpolation);
    const data = resizeInKernel(image, box, rows, columns);
    if (data) return { data, height, width, channels };
  }
  return toBytes(resampled(image, box, size, interpolation));
}

/** Writes the weighted sum of the four rows from place `first` of the taps on. */
function weighRows(
  line: Float32Array,
  data: Uint8Array | Float32Array,
  origin: number,
  pitch: number,
  { pixels, weights }: InterpolationTaps,
  first: number,
): void {
  const a = origin + pixels[first]! * pitch;
  const b = origin + pixels[first + 1]! * pitch;
  const c = origin + pixels[first + 2]! * pitch;
  const d = origin + pixels[first + 3]! * pitch;
  const [ofA, ofB, ofC, ofD] = [weights[first]!, weights[first + 1]!, weights[first + 2]!, weights[first + 3]!];
  for (let i = 0; i < line.length; i++) {
    line[i] = ofA * data[a + i]! + ofB * data[b + i]! + ofC * data[c + i]! + ofD * data[d + i]!;
  }
}

/** Writes the weighted sums of four pixels of a line each, from `start` on. */
function weighColumns(
  result: Float32Array,
  start: number,
  line: Float32Array,
  channels: number,
  { pixels, weights }: InterpolationTaps,
): void {
  let to = start;
  for (let first = 0; first < pixels.length; first += 4) {
    const a = pixels[first]! * channels;
    const b = pixels[first + 1]! * channels;
    const c = pixels[first + 2]! * channels;
    const d = pixels[first + 3]! * channels;
    const ofA = weights[first]!;
    const ofB = weights[first + 1]!;
    const ofC = weights[first + 2]!;
    const ofD = weights[first + 3]!;
    // One by one: a loop over the channels takes longer than what it does.
    result[to++] = ofA * line[a]! + ofB * line[b]! + ofC * line[c]! + ofD * line[d]!;
    if (channels === 1) continue;
    result[to++] = ofA * line[a + 1]! + ofB * line[b + 1]! + ofC * line[c + 1]! + ofD * line[d + 1]!;
    result[to++] = ofA * line[a + 2]! + ofB * line[b + 2]! + ofC * line[c + 2]! + ofD * line[d + 2]!;
  }
}

/**
 * The nearest byte of every value: clipped to 0..255, halves up. Values of 0..1 are to be multiplied by 255 before.
 *
 * @param image Floats on the scale of 0..255.
 * @throws RangeError when a value is NaN, which has no byte; TypeError for what is no image of floats.
 * @example
 * ```ts
 * import { toBytes } from '@nfnets/augment';
 *
 * const { data } = toBytes({ data: Float32Array.of(-3, 127.5, 260), height: 1, width: 3, channels: 1 });
 * console.log(data); // Uint8Array [0, 128, 255]
 * ```
 */
export function toBytes(image: FloatImage): Image {
  assertImageOrFloats('toBytes', image);
  const { data, height, width, channels } = image;
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = data[i]!;
    if (Number.isNaN(value)) throw new RangeError(`toBytes: \`image.data\` must hold numbers, got NaN at ${i}.`);
    bytes[i] = value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
  }
  return { data: bytes, height, width, channels };
}

function assertBox(box: CropBox, image: Image | FloatImage): void {
  const { top, left, height, width } = (box ?? {}) as CropBox;
  const isWhole = [top, left, height, width].every(Number.isInteger);
  if (isWhole && top >= 0 && left >= 0 && height >= 1 && width >= 1) {
    if (top + height <= image.height && left + width <= image.width) return;
  }
  throw new RangeError(
    `cropAndResize: \`box\` must have whole sides from 1 and lie in the image of ${image.height} x ${image.width}, got ${show(box)}.`,
  );
}
