import { checkOptions, oneOf } from '@nfnets/options';
import { checkedTransform, type Random, type SampleTransform } from '../image/image.js';
import { pixelSize } from '../image/option-rules.js';
import { cropAndResizeBytes } from './crop-and-resize.js';
import type { CropBox } from './crop-box.js';
import { CROP_BOX_RULES, type CropBoxOptions, drawChecked } from './draw-crop-box.js';
import { INTERPOLATIONS, type Interpolation } from './interpolation-taps.js';

/** Options of {@link randomResizedCrop}. */
export interface RandomResizedCropOptions extends CropBoxOptions {
  /** Side of the result in pixels, or `[height, width]`. */
  readonly size: number | readonly [number, number];
  /** How pixels between pixels are made; the result is clipped to bytes. Default `'bicubic'`. */
  readonly interpolation?: Interpolation;
}

/** What the fallback's centre crop leaves at the margins, both together, of a side of `size + MARGIN`. */
const MARGIN = 32;
export const INTERPOLATION = oneOf(INTERPOLATIONS);

/**
 * Crops a random box (`drawCropBox`) and resizes it to `size`; where the box is the whole image, its centre instead. The
 * draws are those of the box.
 *
 * Source: Brock et al. 2021 (`dataset.py`), whose resize does not clip: `cropAndResize` gives that.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { sampleTransform, seededRandom } from '@nfnets/augment';
 *
 * const augment = sampleTransform([{ op: 'randomResizedCrop', size: 192 }, { op: 'horizontalFlip' }]);
 * const photo = { data: new Uint8Array(480 * 640 * 3), height: 480, width: 640, channels: 3 };
 * const { height, width } = augment(photo, seededRandom(1)); // 192, 192
 * ```
 */
export function randomResizedCrop(options: RandomResizedCropOptions): SampleTransform {
  const { drawBox, size, interpolation } = resizedCrop(options);
  return checkedTransform('randomResizedCrop', (image, random) =>
    cropAndResizeBytes(image, drawBox(image.height, image.width, random), size, interpolation),
  );
}

/** The parts of a `randomResizedCrop`: which box of an image, and what is made of it. */
export interface ResizedCrop {
  readonly drawBox: (height: number, width: number, random: Random) => CropBox;
  readonly size: readonly [number, number];
  readonly interpolation: Interpolation;
}

/** Checks the options of a `randomResizedCrop`. */
export function resizedCrop(options: RandomResizedCropOptions): ResizedCrop {
  checkOptions<RandomResizedCropOptions>(
    'randomResizedCrop',
    options,
    { size: pixelSize, ...CROP_BOX_RULES, interpolation: INTERPOLATION },
    { required: ['size'] },
  );
  const { size, interpolation = 'bicubic', ...boxOptions } = options;
  const sides = sidesOf(size);
  const drawBox = (height: number, width: number, random: Random): CropBox => {
    const box = drawChecked(height, width, random, boxOptions);
    const isWhole = box.height === height && box.width === width;
    return isWhole ? centreBox(height, width, Math.min(...sides)) : box;
  };
  return { drawBox, size: sides, interpolation };
}

/** `[height, width]` of a size. */
export function sidesOf(size: number | readonly [number, number]): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** The centre square that leaves as much as 32 pixels of an image resized to `size + 32`. */
function centreBox(height: number, width: number, size: number): CropBox {
  const side = Math.max(1, Math.floor((Math.min(height, width) * size) / (size + MARGIN)));
  const offset = (length: number) => Math.floor((length - side + 1) / 2);
  return { top: offset(height), left: offset(width), height: side, width: side };
}
