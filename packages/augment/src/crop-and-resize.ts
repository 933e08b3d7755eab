import { assertImage, type FloatImage, type Image } from './image.js';
import { type Interpolation, interpolationTaps } from './interpolation-taps.js';

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
  assertImage('cropAndResize', image);
  assertBox(box, image);
  const [height, width] = size;
  const { data, channels } = image;
  const rows = interpolationTaps(box.height, height, interpolation);
  const columns = interpolationTaps(box.width, width, interpolation);
  const result = new Float32Array(height * width * channels);
  const line = new Float32Array(box.width * channels);
  const pitch = image.width * channels;
  const origin = box.top * pitch + box.left * channels;
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (let tap = y * rows.count; tap < (y + 1) * rows.count; tap++) {
      const weight = rows.weights[tap]!;
      if (weight !== 0) addWeighted(line, data, origin + rows.pixels[tap]! * pitch, weight);
    }
    resizeLine(line, columns, channels, result, y * width * channels);
  }
  return { data: result, height, width, channels };
}

function addWeighted(line: Float32Array, data: Uint8Array | Float32Array, from: number, weight: number): void {
  for (let i = 0; i < line.length; i++) line[i]! += weight * data[from + i]!;
}

function resizeLine(
  line: Float32Array,
  { count, pixels, weights }: ReturnType<typeof interpolationTaps>,
  channels: number,
  result: Float32Array,
  start: number,
): void {
  let to = start;
  for (let first = 0; first < pixels.length; first += count) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let tap = first; tap < first + count; tap++) sum += weights[tap]! * line[pixels[tap]! * channels + channel]!;
      result[to++] = sum;
    }
  }
}

/** The nearest byte of every value: clipped to 0..255, halves up. */
export function toBytes({ data, height, width, channels }: FloatImage): Image {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = data[i]!;
    bytes[i] = value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
  }
  return { data: bytes, height, width, channels };
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
