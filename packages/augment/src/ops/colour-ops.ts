import type { Image } from '../image/image.js';
import { inKernel, NO_TABLE } from '../image/in-kernel.js';
import { pixelKernel } from '../image/pixel-kernel.js';
import { bytesToFill } from '../image/reused-bytes.js';
import { blendInto } from './blend.js';
import { greyLevels } from './grey-levels.js';
import { blendTable } from './level-tables.js';
import { mapLevels } from './map-levels.js';
import type { OpStyle } from './op-style.js';

/** Blends an image with its grey version: factor 0 is grey, 1 the image, above more colourful. Grey images stay. */
export function color(image: Image, factor: number, style: OpStyle): Image {
  if (image.channels === 1) return image;
  const [isPillow, rounds] = [style.arithmetic === 'pillow', style.blendRounding === 'round'];
  const pixels = image.height * image.width;
  const made = inKernel(image.data, NO_TABLE, (kernel, from, _, to) =>
    kernel.color(from, pixels, isPillow, factor, rounds, to),
  );
  return { ...image, data: made ?? colorInScript(image, factor, style) };
}

function colorInScript(image: Image, factor: number, style: OpStyle): Uint8Array {
  const grey = greyLevels(image, style.arithmetic);
  const result = bytesToFill(image.data.length);
  for (let i = 0, to = 0; i < grey.length; i++, to += 3) result[to] = result[to + 1] = result[to + 2] = grey[i]!;
  blendInto(result, image.data, factor, style.blendRounding);
  return result;
}

/** Blends an image with one grey: factor 0 is that grey, 1 the image, above more contrast. */
export function contrast(image: Image, factor: number, style: OpStyle): Image {
  return mapLevels(image, blendTable(contrastGrey(image, style), factor, style.blendRounding));
}

function contrastGrey(image: Image, { contrastGrey: kind, arithmetic }: OpStyle): number {
  const pixels = image.height * image.width;
  if (kind === 'pixel-count') return Math.min(Math.floor(pixels / 256), 255);
  return Math.floor(sumOfGrey(image, arithmetic) / pixels + 0.5);
}

function sumOfGrey(image: Image, arithmetic: OpStyle['arithmetic']): number {
  const kernel = image.channels === 3 ? pixelKernel() : undefined;
  if (kernel) {
    const { places, bytes } = kernel.share([image.data.length]);
    bytes.set(image.data, places[0]);
    return kernel.sumOfGrey(places[0]!, image.height * image.width, arithmetic === 'pillow');
  }
  let sum = 0;
  for (const level of greyLevels(image, arithmetic)) sum += level;
  return sum;
}

/** Blends an image with black: factor 0 is black, 1 the image, above brighter. */
export function brightness(image: Image, factor: number, style: OpStyle): Image {
  return mapLevels(image, blendTable(0, factor, style.blendRounding));
}

/**
 * Blends an image with a smoothed one: factor 0 is smooth, 1 the image, above sharper. Smooth is the mean of 3 x 3 pixels,
 * the middle one weighed 5 of 13; the border stays. It is whole: TensorFlow drops the fraction, Pillow rounds.
 *
 * The mean is exact. TensorFlow's float32 sums can fall a level lower where it is a whole number.
 */
export function sharpness(image: Image, factor: number, style: OpStyle): Image {
  const { data, height, width, channels } = image;
  const half = style.arithmetic === 'pillow' ? 6 : 0;
  const rounds = style.blendRounding === 'round';
  const made = inKernel(data, NO_TABLE, (kernel, from, _, to) =>
    kernel.sharpness(from, height, width * channels, channels, half, factor, rounds, to),
  );
  return { ...image, data: made ?? sharpnessInScript(image, half, factor, style.blendRounding) };
}

function sharpnessInScript(
  { data, height, width, channels }: Image,
  half: number,
  factor: number,
  rounding: OpStyle['blendRounding'],
): Uint8Array {
  const result = bytesToFill(data.length);
  result.set(data);
  const pitch = width * channels;
  /** Sums of the three rows around, at every value of a line. */
  const columns = new Uint16Array(pitch);
  for (let y = 1; y < height - 1; y++) {
    const row = y * pitch;
    for (let i = 0; i < pitch; i++) columns[i] = data[row - pitch + i]! + data[row + i]! + data[row + pitch + i]!;
    for (let i = channels; i < pitch - channels; i++) {
      const sum = columns[i - channels]! + columns[i]! + columns[i + channels]! + 4 * data[row + i]!;
      result[row + i] = (sum + half) / 13;
    }
  }
  blendInto(result, data, factor, rounding);
  return result;
}
