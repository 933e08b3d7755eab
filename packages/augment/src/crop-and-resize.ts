import { assertImage, type FloatImage, type Image } from './image.js';
import { type Interpolation, type InterpolationTaps, interpolationTaps } from './interpolation-taps.js';
import { bytesToFill } from './reused-bytes.js';

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
  eachResizedRow(image, box, size, interpolation, (row, start) => result.set(row, start));
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
  eachResizedRow(image, box, size, interpolation, (row, start) => writeBytes(data, start, row));
  return { data, height, width, channels };
}

/** Hands over the rows of the result, first to last, with their places in it: in one array, whose values then change. */
function eachResizedRow(
  image: Image | FloatImage,
  box: CropBox,
  [height, width]: readonly [number, number],
  interpolation: Interpolation,
  take: (row: Float32Array, start: number) => void,
): void {
  assertImage('cropAndResize', image);
  assertBox(box, image);
  const { data, channels } = image;
  const rows = interpolationTaps(box.height, height, interpolation);
  const columns = interpolationTaps(box.width, width, interpolation);
  const line = new Float32Array(box.width * channels);
  const row = new Float32Array(width * channels);
  const pitch = image.width * channels;
  const origin = box.top * pitch + box.left * channels;
  for (let y = 0; y < height; y++) {
    weighRows(line, data, origin, pitch, rows, y * 4);
    weighColumns(row, line, channels, columns);
    take(row, y * row.length);
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

/** Writes the weighted sums of four pixels of a line each. */
function weighColumns(
  row: Float32Array,
  line: Float32Array,
  channels: number,
  { pixels, weights }: InterpolationTaps,
): void {
  let to = 0;
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
    row[to++] = ofA * line[a]! + ofB * line[b]! + ofC * line[c]! + ofD * line[d]!;
    if (channels === 1) continue;
    row[to++] = ofA * line[a + 1]! + ofB * line[b + 1]! + ofC * line[c + 1]! + ofD * line[d + 1]!;
    row[to++] = ofA * line[a + 2]! + ofB * line[b + 2]! + ofC * line[c + 2]! + ofD * line[d + 2]!;
  }
}

/** The nearest byte of every value: clipped to 0..255, halves up. */
export function toBytes({ data, height, width, channels }: FloatImage): Image {
  const bytes = new Uint8Array(data.length);
  writeBytes(bytes, 0, data);
  return { data: bytes, height, width, channels };
}

function writeBytes(bytes: Uint8Array, start: number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    bytes[start + i] = value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
  }
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
