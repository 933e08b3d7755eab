import { fillLevels } from '../image/fill-colour.js';
import type { Image } from '../image/image.js';
import { bytesToFill } from '../image/reused-bytes.js';
import type { AffineMatrix } from './affine-matrix.js';
import type { OpStyle } from './op-style.js';

/** Writes the pixel at a share of the way from pixel (left, top) to the next ones, from place `to` on. */
type Sampler = (
  image: Image,
  left: number,
  top: number,
  shareX: number,
  shareY: number,
  result: Uint8Array,
  to: number,
) => void;

/**
 * The levels of an image moved by a matrix, interpolated as by Pillow's `Image.transform`: pixels beyond the edge repeat it,
 * and values are clipped and lose their fraction. Points outside of the image take the fill colour.
 */
export function interpolated(
  image: Image,
  [a, b, c, d, e, f]: AffineMatrix,
  sampling: 'bilinear' | 'bicubic',
  fill: OpStyle['fill'],
): Uint8Array {
  const { height, width, channels } = image;
  const sample = sampling === 'bilinear' ? sampleBilinear : sampleBicubic;
  const levels = fillLevels(fill, channels);
  const result = bytesToFill(image.data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) {
        for (let channel = 0; channel < channels; channel++) result[to + channel] = levels[channel]!;
        continue;
      }
      const left = Math.floor(fromX - 0.5);
      const top = Math.floor(fromY - 0.5);
      sample(image, left, top, fromX - 0.5 - left, fromY - 0.5 - top, result, to);
    }
  }
  return result;
}

const sampleBilinear: Sampler = ({ data, height, width, channels }, left, top, shareX, shareY, result, to) => {
  const pitch = width * channels;
  const [row1, row2] = [inside(top, height) * pitch, inside(top + 1, height) * pitch];
  const [column1, column2] = [inside(left, width) * channels, inside(left + 1, width) * channels];
  for (let channel = 0; channel < channels; channel++) {
    const upper = linear(data[row1 + column1 + channel]!, data[row1 + column2 + channel]!, shareX);
    const lower = linear(data[row2 + column1 + channel]!, data[row2 + column2 + channel]!, shareX);
    result[to + channel] = linear(upper, lower, shareY);
  }
};

const sampleBicubic: Sampler = ({ data, height, width, channels }, left, top, x, y, result, to) => {
  const pitch = width * channels;
  const row1 = inside(top - 1, height) * pitch;
  const row2 = inside(top, height) * pitch;
  const row3 = inside(top + 1, height) * pitch;
  const row4 = inside(top + 2, height) * pitch;
  const a = inside(left - 1, width) * channels;
  const b = inside(left, width) * channels;
  const c = inside(left + 1, width) * channels;
  const d = inside(left + 2, width) * channels;
  for (let i = 0; i < channels; i++) {
    const value = cubic(
      cubic(data[row1 + a + i]!, data[row1 + b + i]!, data[row1 + c + i]!, data[row1 + d + i]!, x),
      cubic(data[row2 + a + i]!, data[row2 + b + i]!, data[row2 + c + i]!, data[row2 + d + i]!, x),
      cubic(data[row3 + a + i]!, data[row3 + b + i]!, data[row3 + c + i]!, data[row3 + d + i]!, x),
      cubic(data[row4 + a + i]!, data[row4 + b + i]!, data[row4 + c + i]!, data[row4 + d + i]!, x),
      y,
    );
    result[to + i] = value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
  }
};

function linear(v1: number, v2: number, share: number): number {
  return v1 + (v2 - v1) * share;
}

/** Keys's kernel with a = -1: the cubic through the middle two of four values with the slopes of their neighbours. */
function cubic(v1: number, v2: number, v3: number, v4: number, share: number): number {
  return v2 + share * (v3 - v1 + share * (2 * (v1 - v2) + v3 - v4 + share * (v2 - v1 - v3 + v4)));
}

function inside(index: number, length: number): number {
  return index < 0 ? 0 : index >= length ? length - 1 : index;
}
