import { checkOptions, numberIn, oneOf } from '@nfnets/options';
import { assertRandom, type Random } from '../image/image.js';
import { drawBelow, drawBeta } from '../random/draws.js';
import { blend, type LabelledBatch, pasteBox, sizesOf } from './mix-batch.js';

/** Options of {@link mixFlipped}. */
export interface MixFlippedOptions {
  /** Of mixup's Beta(alpha, alpha); 0: no mixup. Default 1. */
  readonly mixupAlpha?: number;
  /** Of CutMix's Beta(alpha, alpha); 0: no CutMix. Default 0. */
  readonly cutmixAlpha?: number;
  /** Chance that a batch, pair or image is mixed. Default 1. */
  readonly probability?: number;
  /** Chance of CutMix where both are on. Default 0.5. */
  readonly switchProbability?: number;
  /** Whether the batch, a pair of images or each image has a ratio and a box of its own. Default `'batch'`. */
  readonly mode?: 'batch' | 'pair' | 'elem';
}

interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** A ratio, the share of the image itself, and for CutMix the box that comes from the other. */
interface FlippedMix {
  readonly ratio: number;
  readonly box?: Box;
}

/**
 * Mixes image `i` of a batch with image `n - 1 - i`, and their labels: as many images as before. CutMix pastes a box of the
 * other image, and the ratio is what is left of the own. Draws, for the batch, each pair or each image: whether; which kind,
 * where both are on; the ratio; the box's row and column.
 *
 * The middle one of an odd number, which would be mixed with itself, stays as it is; so does a batch of one.
 *
 * @param batch Images and labels; they are not written to.
 * @param random Where its draws come from.
 * @throws TypeError or RangeError when both alphas are 0, an option is unknown or out of its range, an array has another length than its
 * shape, or a label is no share of [0, 1].
 * @example
 * ```ts
 * import { mixFlipped, seededRandom } from '@nfnets/augment';
 *
 * const labels = Float32Array.of(1, 0, 0, 1); // 2 images, 2 classes
 * const batch = { images: new Float32Array(2 * 32 * 32 * 3), shape: [2, 32, 32, 3] as const, labels };
 * const mixed = mixFlipped(batch, seededRandom(1), { mixupAlpha: 0.8, cutmixAlpha: 1 }); // 2 images again
 * ```
 */
export function mixFlipped(batch: LabelledBatch, random: Random, options: MixFlippedOptions = {}): LabelledBatch {
  const alpha = numberIn(0, Number.MAX_VALUE);
  const share = numberIn(0, 1);
  checkOptions<MixFlippedOptions>('mixFlipped', options, {
    mixupAlpha: { ...alpha, text: '>= 0' },
    cutmixAlpha: { ...alpha, text: '>= 0' },
    probability: share,
    switchProbability: share,
    mode: oneOf(['batch', 'pair', 'elem']),
  });
  if ((options.mixupAlpha ?? 1) === 0 && (options.cutmixAlpha ?? 0) === 0) {
    throw new RangeError('mixFlipped: `mixupAlpha` or `cutmixAlpha` must be > 0, got 0 and 0.');
  }
  const { count, imageSize, classes } = sizesOf('mixFlipped', batch);
  assertRandom('mixFlipped', random);
  const [, height, width, channels] = batch.shape;
  const images = new Float32Array(batch.images);
  const labels = new Float32Array(batch.labels);
  const mixes = drawMixes(count, options, () => drawMix(height, width, options, random));
  for (const [i, { ratio, box }] of mixes.entries()) {
    const other = count - 1 - i;
    if (other === i) continue;
    const part = (values: Float32Array, size: number, place: number) =>
      values.subarray(place * size, (place + 1) * size);
    const image = part(images, imageSize, i);
    if (box !== undefined) pasteBox(image, part(batch.images, imageSize, other), box, width, channels);
    else blend(image, image, part(batch.images, imageSize, other), ratio);
    const label = part(labels, classes, i);
    blend(label, label, part(batch.labels, classes, other), ratio);
  }
  return { images, shape: batch.shape, labels };
}

/** One mix for every image; those of a pair, and of a batch, are the same. Of pairs, the middle one of an odd number has none. */
function drawMixes(count: number, { mode = 'batch' }: MixFlippedOptions, draw: () => FlippedMix): FlippedMix[] {
  if (mode === 'elem') return Array.from({ length: count }, draw);
  if (mode === 'batch') return Array<FlippedMix>(count).fill(draw());
  const half = Array.from({ length: Math.floor(count / 2) }, draw);
  const middle = count % 2 === 0 ? [] : [{ ratio: 1 }];
  return [...half, ...middle, ...half.toReversed()];
}

function drawMix(height: number, width: number, options: MixFlippedOptions, random: Random): FlippedMix {
  const { mixupAlpha = 1, cutmixAlpha = 0, probability = 1, switchProbability = 0.5 } = options;
  if (random() >= probability) return { ratio: 1 };
  const isCutMix = mixupAlpha > 0 && cutmixAlpha > 0 ? random() < switchProbability : cutmixAlpha > 0;
  if (!isCutMix) return { ratio: drawBeta(mixupAlpha, random) };
  const side = Math.sqrt(1 - drawBeta(cutmixAlpha, random));
  const [boxHeight, boxWidth] = [Math.floor(height * side), Math.floor(width * side)];
  const top = drawBelow(height, random) - Math.floor(boxHeight / 2);
  const left = drawBelow(width, random) - Math.floor(boxWidth / 2);
  const [y1, x1] = [Math.max(top, 0), Math.max(left, 0)];
  const [y2, x2] = [Math.min(top + boxHeight, height), Math.min(left + boxWidth, width)];
  return { ratio: 1 - ((y2 - y1) * (x2 - x1)) / (height * width), box: { x1, y1, x2, y2 } };
}
