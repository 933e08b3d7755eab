import { checkOptions, integerFrom } from '@nfnets/options';
import { fillLevels } from '../image/fill-colour.js';
import { checkedTransform, type SampleTransform } from '../image/image.js';
import { colour, pixelSize } from '../image/option-rules.js';
import { bytesToFill } from '../image/reused-bytes.js';
import { drawBelow } from '../random/draws.js';

/** Options of {@link padAndCrop}. */
export interface PadAndCropOptions {
  /** Pixels added on every side before the crop. Default 4. */
  readonly padding?: number;
  /** Side of the result, or `[height, width]`. Default the size of the image. */
  readonly size?: number | readonly [number, number];
  /** Level of the added pixels, or `[red, green, blue]`. Default 0. */
  readonly fill?: number | readonly [number, number, number];
}

/**
 * Pads an image and cuts a window out of it, uniform over all places: the augmentation of CIFAR. Two draws: row, column.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range, and when a padded image is smaller than `size`.
 * @example
 * ```ts
 * import { padAndCrop, seededRandom } from '@nfnets/augment';
 *
 * const shift = padAndCrop({ padding: 4 });
 * const image = { data: new Uint8Array(32 * 32 * 3), height: 32, width: 32, channels: 3 };
 * const shifted = shift(image, seededRandom(1)); // 32 x 32 again
 * ```
 */
export function padAndCrop(options: PadAndCropOptions = {}): SampleTransform {
  checkOptions<PadAndCropOptions>('padAndCrop', options, {
    padding: integerFrom(0),
    size: pixelSize,
    fill: colour,
  });
  const { padding = 4, size, fill = 0 } = options;
  return checkedTransform('padAndCrop', (image, random) => {
    const { data, height, width, channels } = image;
    const [cropHeight, cropWidth] = typeof size === 'number' ? [size, size] : (size ?? [height, width]);
    if (cropHeight > height + 2 * padding || cropWidth > width + 2 * padding) {
      throw new RangeError(
        `padAndCrop: \`size\` must be within the padded image of ${height + 2 * padding} x ${width + 2 * padding}, got ${cropHeight} x ${cropWidth}.`,
      );
    }
    const top = drawBelow(height + 2 * padding - cropHeight + 1, random) - padding;
    const left = drawBelow(width + 2 * padding - cropWidth + 1, random) - padding;
    const result = bytesToFill(cropHeight * cropWidth * channels);
    const levels = fillLevels(fill, channels);
    if (typeof fill === 'number') result.fill(fill);
    else for (let i = 0; i < result.length; i++) result[i] = levels[i % channels]!;
    const first = Math.max(left, 0);
    const last = Math.min(left + cropWidth, width);
    for (let y = Math.max(-top, 0); y < Math.min(cropHeight, height - top) && last > first; y++) {
      const row = (top + y) * width;
      result.set(
        data.subarray((row + first) * channels, (row + last) * channels),
        (y * cropWidth + first - left) * channels,
      );
    }
    return { data: result, height: cropHeight, width: cropWidth, channels };
  });
}
