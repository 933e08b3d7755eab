import type { Image } from '../image/image.js';
import type { OpStyle } from './op-style.js';

const { fround } = Math;

/** Red's, green's and blue's part of a pixel's grey, on TensorFlow's scale of 0..1, for each of the 256 levels. */
const PARTS = [0.2989, 0.587, 0.114].map((weight) =>
  Float32Array.from({ length: 256 }, (_, level) => fround(level * fround(1 / 255)) * fround(weight)),
) as [Float32Array, Float32Array, Float32Array];

/**
 * Grey level of every pixel; of a grey image its own levels.
 *
 * TensorFlow's `rgb_to_grayscale` weighs by 0.2989, 0.587, 0.114 in float32 and takes the whole part of 255.5 times the
 * sum; Pillow's `convert('L')` weighs by 19595, 38470, 7471 of 65536 and rounds.
 */
export function greyLevels({ data, channels }: Image, arithmetic: OpStyle['arithmetic']): Uint8Array {
  if (channels === 1) return data;
  const result = new Uint8Array(data.length / 3);
  const [red, green, blue] = PARTS;
  for (let i = 0, from = 0; i < result.length; i++, from += 3) {
    const [r, g, b] = [data[from]!, data[from + 1]!, data[from + 2]!];
    result[i] =
      arithmetic === 'tensorflow'
        ? fround(fround(fround(red[r]! + green[g]!) + blue[b]!) * 255.5)
        : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return result;
}
