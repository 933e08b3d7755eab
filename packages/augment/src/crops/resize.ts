import { checkOptions } from '@nfnets/options';
import { checkedTransform, type SampleTransform } from '../image/image.js';
import { pixelSize } from '../image/option-rules.js';
import { cropAndResizeBytes } from './crop-and-resize.js';
import type { Interpolation } from './interpolation-taps.js';
import { INTERPOLATION, sidesOf } from './random-resized-crop.js';

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** Side of the result in pixels, or `[height, width]`: the image is squashed to it. */
  readonly size: number | readonly [number, number];
  /** How pixels between pixels are made; the result is clipped to bytes. Default `'bicubic'`. */
  readonly interpolation?: Interpolation;
}

/**
 * Resizes the whole image, whatever its proportions. No draw.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { resize, seededRandom } from '@nfnets/augment';
 *
 * const toSquare = resize({ size: 224, interpolation: 'bilinear' });
 * const photo = { data: new Uint8Array(480 * 640 * 3), height: 480, width: 640, channels: 3 };
 * const square = toSquare(photo, seededRandom(0));
 * ```
 */
export function resize(options: ResizeOptions): SampleTransform {
  checkOptions<ResizeOptions>(
    'resize',
    options,
    { size: pixelSize, interpolation: INTERPOLATION },
    { required: ['size'] },
  );
  const { size, interpolation = 'bicubic' } = options;
  return checkedTransform('resize', (image) => {
    const { height, width } = image;
    return cropAndResizeBytes(image, { top: 0, left: 0, height, width }, sidesOf(size), interpolation);
  });
}
