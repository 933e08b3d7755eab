import type { AffineMatrix } from './affine.js';
import type { Image } from './image.js';

/**
 * Fills `result` by interpolation, as Pillow's `Image.transform` does: pixels beyond the edge repeat it, and values are
 * clipped and lose their fraction. Bicubic is Keys's kernel with a = -1. Points outside of the image are left alone.
 */
export function sampleInterpolated(
  image: Image,
  [a, b, c, d, e, f]: AffineMatrix,
  sampling: 'bilinear' | 'bicubic',
  result: { data: Uint8Array },
): void {
  const { data, height, width, channels } = image;
  const taps = sampling === 'bilinear' ? 2 : 4;
  const columns = new Int32Array(taps);
  const rows = new Int32Array(taps);
  const lines = new Float64Array(taps);
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const left = Math.floor(fromX - 0.5);
      const top = Math.floor(fromY - 0.5);
      const shareX = fromX - 0.5 - left;
      const shareY = fromY - 0.5 - top;
      for (let tap = 0; tap < taps; tap++) {
        columns[tap] = clamp(left + tap - taps / 2 + 1, width) * channels;
        rows[tap] = clamp(top + tap - taps / 2 + 1, height) * width * channels;
      }
      for (let channel = 0; channel < channels; channel++) {
        for (let tap = 0; tap < taps; tap++) {
          const row = rows[tap]! + channel;
          const first = data[row + columns[0]!]!;
          const second = data[row + columns[1]!]!;
          lines[tap] =
            taps === 2
              ? first + (second - first) * shareX
              : cubic(first, second, data[row + columns[2]!]!, data[row + columns[3]!]!, shareX);
        }
        const value =
          taps === 2
            ? lines[0]! + (lines[1]! - lines[0]!) * shareY
            : cubic(lines[0]!, lines[1]!, lines[2]!, lines[3]!, shareY);
        result.data[pixel * channels + channel] = value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
      }
    }
  }
}

/** The cubic through the middle two of four values, with the slopes of their neighbours, at `share` between them. */
function cubic(v1: number, v2: number, v3: number, v4: number, share: number): number {
  return v2 + share * (v3 - v1 + share * (2 * (v1 - v2) + v3 - v4 + share * (v2 - v1 - v3 + v4)));
}

function clamp(index: number, length: number): number {
  return index < 0 ? 0 : index >= length ? length - 1 : index;
}
