import { assertInteger, checkOptions, integerFrom, numberIn, type OptionRules } from '@nfnets/options';
import { assertRandom, type Random } from '../image/image.js';
import { aspectRange, rangeIn } from '../image/option-rules.js';
import { drawBelow, drawBetween } from '../random/draws.js';
import type { CropBox } from './crop-box.js';
import { roundHalfToEven } from './interpolation-taps.js';

/** Options of {@link drawCropBox}. */
export interface CropBoxOptions {
  /** Share of the image that the box covers, `[low, high]`. Default [0.08, 1]. */
  readonly area?: readonly [number, number];
  /** Width / height of the box, `[low, high]`. Default [3/4, 4/3]. */
  readonly aspect?: readonly [number, number];
  /** Boxes that cover less than this share of the image are drawn anew. Default 0.1, so that `area`'s 0.08 never occurs. */
  readonly minCovered?: number;
  /** How often a box is drawn before the whole image is taken. Default 10. */
  readonly attempts?: number;
}

export const CROP_BOX_RULES: OptionRules<CropBoxOptions> = {
  area: rangeIn(0, 1),
  aspect: aspectRange,
  minCovered: numberIn(0, 1),
  attempts: integerFrom(1),
};

/**
 * Draws the box of a random resized crop: an aspect ratio, uniform; a height, uniform over those whose area is allowed; a
 * place, uniform. After `attempts` failures it is the whole image. Three or four draws an attempt.
 *
 * Places are drawn below `height - box.height`, so that the last row and column of places never occur.
 *
 * Source: TensorFlow's `sample_distorted_bounding_box` with the whole image as the object, as Brock et al. 2021 use it.
 *
 * @param height Height of the image in pixels.
 * @param width Width of the image in pixels.
 * @param random Where its draws come from.
 * @throws TypeError or RangeError for a side, a generator or an option that cannot be used.
 * @example
 * ```ts
 * import { drawCropBox, seededRandom } from '@nfnets/augment';
 *
 * const { top, left, height, width } = drawCropBox(480, 640, seededRandom(3), { area: [0.25, 1] });
 * ```
 */
export function drawCropBox(height: number, width: number, random: Random, options: CropBoxOptions = {}): CropBox {
  assertInteger('drawCropBox', 'height', height, 1);
  assertInteger('drawCropBox', 'width', width, 1);
  assertRandom('drawCropBox', random);
  checkOptions<CropBoxOptions>('drawCropBox', options, CROP_BOX_RULES);
  return drawChecked(height, width, random, options);
}

/** The same of what was checked already, once for all images. */
export function drawChecked(height: number, width: number, random: Random, options: CropBoxOptions): CropBox {
  const { area = [0.08, 1], aspect = [3 / 4, 4 / 3], minCovered = 0.1, attempts = 10 } = options;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const box = drawOnce(height, width, area, drawBetween(...aspect, random), random);
    if (box !== undefined && box.height * box.width >= minCovered * height * width) return box;
  }
  return { top: 0, left: 0, height, width };
}

function drawOnce(
  height: number,
  width: number,
  area: readonly [number, number],
  aspect: number,
  random: Random,
): CropBox | undefined {
  const [minArea, maxArea] = [area[0] * height * width, area[1] * height * width];
  const widthOf = (rows: number) => roundHalfToEven(rows * aspect);
  let maxHeight = roundHalfToEven(Math.sqrt(maxArea / aspect));
  if (widthOf(maxHeight) > width) {
    maxHeight = Math.floor((width + 0.5 - 1e-7) / aspect);
    if (widthOf(maxHeight) > width) maxHeight -= 1;
  }
  maxHeight = Math.min(maxHeight, height);
  let boxHeight = Math.min(roundHalfToEven(Math.sqrt(minArea / aspect)), maxHeight);
  if (boxHeight < maxHeight) boxHeight += drawBelow(maxHeight - boxHeight + 1, random);
  if (boxHeight * widthOf(boxHeight) < minArea) boxHeight += 1;
  if (boxHeight * widthOf(boxHeight) > maxArea) boxHeight -= 1;
  const boxWidth = widthOf(boxHeight);
  const covered = boxHeight * boxWidth;
  const fits = boxHeight >= 1 && boxWidth >= 1 && boxHeight <= height && boxWidth <= width;
  if (!fits || covered < minArea || covered > maxArea) return undefined;
  const top = boxHeight < height ? drawBelow(height - boxHeight, random) : 0;
  const left = boxWidth < width ? drawBelow(width - boxWidth, random) : 0;
  return { top, left, height: boxHeight, width: boxWidth };
}
