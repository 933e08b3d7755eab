import { assertImage, type FloatImage, type Image } from './image.js';
import { type Interpolation, type InterpolationTaps, interpolationTaps } from './interpolation-taps.js';
import { bytesToFill } from './reused-bytes.js';

const { fround } = Math;

/** A window of an image, in pixels. */
export interface CropBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Cuts `box` out of an image and resizes it, as TensorFlow 2's `tf.image.resize(antialias=False)` does. Bicubic values may
 * leave 0..255; `toBytes` clips them.
 *
 * @param size `[height, width]` of the result.
 * @throws RangeError when the box does not lie in the image.
 */
export function cropAndResize(
  image: Image | FloatImage,
  box: CropBox,
  size: readonly [number, number],
  interpolation: Interpolation = 'bicubic',
): FloatImage {
  const [height, width] = size;
  const { channels } = image;
  const result = new Float32Array(height * width * channels);
  eachWeighedLine(image, box, size, interpolation, (line, columns, y) =>
    weighColumns(result, y * width * channels, line, channels, columns),
  );
  return { data: result, height, width, channels };
}

/** `toBytes(cropAndResize(...))`, without an image of floats in between. */
export function cropAndResizeBytes(
  image: Image,
  box: CropBox,
  size: readonly [number, number],
  interpolation: Interpolation = 'bicubic',
): Image {
  const [height, width] = size;
  const { channels } = image;
  const data = bytesToFill(height * width * channels);
  eachWeighedLine(image, box, size, interpolation, (line, columns, y) =>
    weighColumnsToBytes(data, y * width * channels, line, channels, columns),
  );
  return { data, height, width, channels };
}

/** Hands over what each row of the result is made of: a line as long as the box, in one array, whose values then change. */
function eachWeighedLine(
  image: Image | FloatImage,
  box: CropBox,
  [height, width]: readonly [number, number],
  interpolation: Interpolation,
  take: (line: Float32Array, columns: InterpolationTaps, y: number) => void,
): void {
  assertImage('cropAndResize', image);
  assertBox(box, image);
  const { data, channels } = image;
  const rows = interpolationTaps(box.height, height, interpolation);
  const columns = interpolationTaps(box.width, width, interpolation);
  const line = new Float32Array(box.width * channels);
  const pitch = image.width * channels;
  const origin = box.top * pitch + box.left * channels;
  for (let y = 0; y < height; y++) {
    weighRows(line, data, origin, pitch, rows, y * 4);
    take(line, columns, y);
  }
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

/** `weighColumns`, then `toBytes`; a second pass over the values would take longer than they do. */
function weighColumnsToBytes(
  result: Uint8Array,
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
    result[to++] = byteOf(fround(ofA * line[a]! + ofB * line[b]! + ofC * line[c]! + ofD * line[d]!));
    if (channels === 1) continue;
    result[to++] = byteOf(fround(ofA * line[a + 1]! + ofB * line[b + 1]! + ofC * line[c + 1]! + ofD * line[d + 1]!));
    result[to++] = byteOf(fround(ofA * line[a + 2]! + ofB * line[b + 2]! + ofC * line[c + 2]! + ofD * line[d + 2]!));
  }
}

/** The nearest byte of every value: clipped to 0..255, halves up. */
export function toBytes({ data, height, width, channels }: FloatImage): Image {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteOf(data[i]!);
  return { data: bytes, height, width, channels };
}

function byteOf(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}

function assertBox(box: CropBox, image: Image | FloatImage): void {
  const { top, left, height, width } = box;
  const isWhole = [top, left, height, width].every(Number.isInteger);
  if (isWhole && top >= 0 && left >= 0 && height >= 1 && width >= 1) {
    if (top + height <= image.height && left + width <= image.width) return;
  }
  throw new RangeError(
    `cropAndResize: \`box\` must have whole sides from 1 and lie in the image of ${image.height} x ${image.width}, got ${JSON.stringify(box)}.`,
  );
}
