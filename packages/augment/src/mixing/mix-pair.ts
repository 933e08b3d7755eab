import { checkOptions, show } from '@nfnets/options';
import { assertImageOrFloats, assertRandom, type FloatImage, type Image, type Random } from '../image/image.js';
import { drawBelow, drawBeta } from '../random/draws.js';
import { boxAround, type CutMixBox } from './cut-mix-box.js';
import { MIX_RULES, type MixKind } from './plan-mix.js';

/** Options of {@link mixPair}. */
export interface MixPairOptions {
  /** Of the Beta(alpha, alpha) that mixup's ratio is drawn from. Default 0.2. */
  readonly alpha?: number;
  /** Not looked at: the spec of a batch's mix, which `parseAugmentName` gives, can be passed whole. Default none. */
  readonly kinds?: readonly MixKind[];
}

/** An image made of two. */
export interface MixedPair {
  readonly image: Image;
  /** Share of the first image: its label's weight. The second image has the rest. */
  readonly ratio: number;
}

/**
 * Mixes two images of one shape. Mixup: `r a + (1 - r) b` with r of Beta(alpha, alpha). CutMix: a rectangle of `a` on `b`,
 * and the ratio is its area after clipping; where a side has fewer than 3 pixels the rectangle is empty and `b` alone is left.
 * Bytes are the values clipped to 0..255, without their fraction.
 *
 * Draws: mixup a pair until Beta accepts; CutMix the box's row, its column, and the share it leaves.
 *
 * @param a First image, whose share is the ratio.
 * @param b Second image, of the same shape.
 * @param kind `'mixup'` or `'cutmix'`.
 * @param random Where its draws come from.
 * @throws RangeError when the shapes differ, the kind is unknown, or a value is NaN; TypeError for what is no image.
 * @example
 * ```ts
 * import { mixPair, seededRandom } from '@nfnets/augment';
 *
 * const [dark, bright] = [20, 220].map((level) => {
 *   return { data: new Uint8Array(32 * 32).fill(level), height: 32, width: 32, channels: 1 };
 * });
 * const { image, ratio } = mixPair(dark!, bright!, 'cutmix', seededRandom(2));
 * ```
 */
export function mixPair<T extends Image | FloatImage>(
  a: T,
  b: T,
  kind: MixKind,
  random: Random,
  options: MixPairOptions = {},
): MixedPair {
  assertImageOrFloats('mixPair', a);
  assertImageOrFloats('mixPair', b);
  if (a.height !== b.height || a.width !== b.width || a.channels !== b.channels) {
    throw new RangeError(`mixPair: both images must have one shape, got ${shapeOf(a)} and ${shapeOf(b)}.`);
  }
  if (kind !== 'mixup' && kind !== 'cutmix') {
    throw new RangeError(`mixPair: \`kind\` must be mixup or cutmix, got ${show(kind)}.`);
  }
  assertRandom('mixPair', random);
  checkOptions<MixPairOptions>('mixPair', options, MIX_RULES);
  const { alpha = 0.2 } = options;
  const { height, width, channels } = a;
  const data = new Uint8Array(a.data.length);
  if (kind === 'mixup') {
    const ratio = drawBeta(alpha, random);
    for (let i = 0; i < data.length; i++) data[i] = byteOf(ratio * a.data[i]! + (1 - ratio) * b.data[i]!);
    return { image: { data, height, width, channels }, ratio };
  }
  const box = drawCutMixBox(height, width, random);
  for (let i = 0; i < data.length; i++) data[i] = byteOf(b.data[i]!);
  for (let y = box.y1; y < box.y2; y++) {
    const end = (y * width + box.x2) * channels;
    for (let i = (y * width + box.x1) * channels; i < end; i++) data[i] = byteOf(a.data[i]!);
  }
  return { image: { data, height, width, channels }, ratio: box.ratio };
}

/** The box of CutMix for images of a size: centre uniform over the pixels, and the share that is kept uniform. */
export function drawCutMixBox(height: number, width: number, random: Random): CutMixBox {
  const centreY = drawBelow(height, random);
  const centreX = drawBelow(width, random);
  return boxAround({ height, width, centreX, centreY, keep: random() });
}

/** As a cast of the clipped value: without its fraction. */
function byteOf(value: number): number {
  if (value > 0) return value < 255 ? value | 0 : 255;
  if (value <= 0) return 0;
  throw new RangeError('mixPair: `image.data` must hold numbers, got NaN.');
}

function shapeOf({ height, width, channels }: Image | FloatImage): string {
  return `${height} x ${width} x ${channels}`;
}
