import { checkOptions } from '@nfnets/options';
import { checkedTransform, type SampleTransform } from '../image/image.js';
import { pixelSize } from '../image/option-rules.js';
import { bytesToFill } from '../image/reused-bytes.js';
import { sidesOf } from './random-resized-crop.js';

/** Options of {@link centreCrop}. */
export interface CentreCropOptions {
  /** Side of the result in pixels, or `[height, width]`. */
  readonly size: number | readonly [number, number];
}

/**
 * Keeps the centre of an image: after `resize` to `size + 32`, the authors' evaluation (`resize_crop_32`). No draw.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range, and when an image is smaller than `size`.
 * @example
 * ```ts
 * import { sampleTransform } from '@nfnets/augment';
 *
 * // As the authors evaluate at 256 pixels.
 * const prepare = sampleTransform([{ op: 'resize', size: 288 }, { op: 'centreCrop', size: 256 }]);
 * ```
 */
export function centreCrop(options: CentreCropOptions): SampleTransform {
  checkOptions<CentreCropOptions>('centreCrop', options, { size: pixelSize }, { required: ['size'] });
  const [height, width] = sidesOf(options.size);
  return checkedTransform('centreCrop', (image) => {
    if (height > image.height || width > image.width) {
      throw new RangeError(
        `centreCrop: \`size\` must be within the image of ${image.height} x ${image.width}, got ${height} x ${width}.`,
      );
    }
    const top = Math.floor((image.height - height + 1) / 2);
    const left = Math.floor((image.width - width + 1) / 2);
    const { data, channels } = image;
    const result = bytesToFill(height * width * channels);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * image.width + left) * channels;
      result.set(data.subarray(from, from + width * channels), y * width * channels);
    }
    return { data: result, height, width, channels };
  });
}
