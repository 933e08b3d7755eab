import { checkOptions, integerFrom, numberIn } from '@nfnets/options';

/** A rectangle of pixels: columns `[x1, x2)`, rows `[y1, y2)`. */
export interface CutMixBox {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  /** The share of the image inside the box: the label weight of the image that is pasted there. */
  readonly ratio: number;
}

/** Options of {@link cutMixBox}. */
export interface CutMixBoxArgs {
  /** Height of the image in pixels. */
  readonly height: number;
  /** Width of the image in pixels. */
  readonly width: number;
  /** Column of the box's centre, uniform over the image. */
  readonly centreX: number;
  /** Row of the box's centre, uniform over the image. */
  readonly centreY: number;
  /** Share of the image to keep before the box is cut off at the edges, uniform in [0, 1]. */
  readonly keep: number;
}

/**
 * Computes the box that CutMix pastes: sides `sqrt(1 - keep)` of the image's, around the centre, cut off at the edges.
 *
 * Sides are whole and even: where the image has fewer than 3 pixels, the box is empty, but for `keep` 0 and a side of 2.
 *
 * @throws TypeError or RangeError if a side is no whole number from 1, the centre is outside of the image, or `keep` of [0, 1].
 * @example
 * ```ts
 * import { cutMixBox } from '@nfnets/augment';
 *
 * const box = cutMixBox({ height: 32, width: 32, centreX: 16, centreY: 8, keep: 0.75 });
 * console.log(box); // { x1: 8, y1: 0, x2: 24, y2: 16, ratio: 0.25 }
 * ```
 */
export function cutMixBox(args: CutMixBoxArgs): CutMixBox {
  checkOptions<CutMixBoxArgs>(
    'cutMixBox',
    args,
    {
      height: integerFrom(1),
      width: integerFrom(1),
      centreX: integerFrom(0),
      centreY: integerFrom(0),
      keep: numberIn(0, 1),
    },
    { required: ['height', 'width', 'centreX', 'centreY', 'keep'] },
  );
  const { height, width, centreX, centreY } = args;
  if (centreX >= width || centreY >= height) {
    throw new RangeError(
      `cutMixBox: \`centreX\` and \`centreY\` must lie in the image of ${height} x ${width}, got ${centreX} and ${centreY}.`,
    );
  }
  return boxAround(args);
}

/** The same of what was checked already. */
export function boxAround({ height, width, centreX, centreY, keep }: CutMixBoxArgs): CutMixBox {
  const side = Math.sqrt(1 - keep);
  const halfWidth = Math.floor(Math.floor(side * width) / 2);
  const halfHeight = Math.floor(Math.floor(side * height) / 2);
  const x1 = Math.max(0, centreX - halfWidth);
  const y1 = Math.max(0, centreY - halfHeight);
  const x2 = Math.min(width, centreX + halfWidth);
  const y2 = Math.min(height, centreY + halfHeight);
  return { x1, y1, x2, y2, ratio: ((x2 - x1) * (y2 - y1)) / (height * width) };
}
