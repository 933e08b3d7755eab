import { checkOptions, integerFrom, numberIn } from '@nfnets/options';
import { fillLevels } from '../image/fill-colour.js';
import { checkedTransform, type Image, type Random, type SampleTransform } from '../image/image.js';
import { colour } from '../image/option-rules.js';
import { bytesToFill } from '../image/reused-bytes.js';
import { drawBelow } from '../random/draws.js';

/** Options of {@link cutout}. */
export interface CutoutOptions {
  /** Side of the square in pixels; an odd one loses its last row and column. */
  readonly size: number;
  /** Chance that an image is cut. Default 1. */
  readonly probability?: number;
  /** Level of the square, or `[red, green, blue]`. Default 128. */
  readonly fill?: number | readonly [number, number, number];
}

/**
 * Covers a square around a pixel, uniform over all, so that at the edges less than the square is covered. Draws: whether,
 * row, column.
 *
 * Source: DeVries and Taylor 2017.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { sampleTransform } from '@nfnets/augment';
 *
 * const augment = sampleTransform([{ op: 'padAndCrop' }, { op: 'horizontalFlip' }, { op: 'cutout', size: 16 }]);
 * ```
 */
export function cutout(options: CutoutOptions): SampleTransform {
  checkOptions<CutoutOptions>(
    'cutout',
    options,
    { size: integerFrom(1), probability: numberIn(0, 1), fill: colour },
    { required: ['size'] },
  );
  const { size, probability = 1, fill = 128 } = options;
  return checkedTransform('cutout', (image, random) =>
    random() < probability ? cutSquare(image, size / 2, fill, random) : image,
  );
}

/** Covers what lies less than `pad` pixels before, and fewer than `pad` after, a random pixel. Draws: row, column. */
export function cutSquare(
  image: Image,
  pad: number,
  fill: number | readonly [number, number, number],
  random: Random,
): Image {
  const { height, width } = image;
  const reach = Math.floor(pad);
  const y = drawBelow(height, random);
  const x = drawBelow(width, random);
  const [top, left] = [Math.max(0, y - reach), Math.max(0, x - reach)];
  const box = { top, left, height: Math.min(height, y + reach) - top, width: Math.min(width, x + reach) - left };
  const result = bytesToFill(image.data.length);
  result.set(image.data);
  const levels = fillLevels(fill, image.channels);
  coverBox({ ...image, data: result }, box, (channel) => levels[channel]!);
  return { ...image, data: result };
}

/** Writes a level into every value of a box of `image`. */
export function coverBox(
  { data, width, channels }: Image,
  box: { readonly top: number; readonly left: number; readonly height: number; readonly width: number },
  levelOf: (channel: number) => number,
): void {
  for (let y = box.top; y < box.top + box.height; y++) {
    const end = (y * width + box.left + box.width) * channels;
    for (let i = (y * width + box.left) * channels; i < end; i++) data[i] = levelOf(i % channels);
  }
}
