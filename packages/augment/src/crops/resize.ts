import { checkOptions } from '@nfnets/options';
import { checkedTransform, type SampleTransform } from '../image/image.js';
import { pixelSize } from '../image/option-rules.js';
import { cropAndResizeBytes } from './crop-and-resize.js';
import type { Interpolation } from './interpolation-taps.js';
import { INTERPOLATION, sidesOf } from './random-resized-crop.js';

export interface ResizeOptions {
  /** Side of the result in pixels, or `[height, width]`: the image is squashed to it. */
  readonly size: number | readonly [number, number];
  /** Default: bicubic, clipped to bytes. */
  readonly interpolation?: Interpolation;
}

/** Resizes the whole image, whatever its proportions. No draw. */
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
