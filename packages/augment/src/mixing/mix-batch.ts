import { show } from '@nfnets/options';
import { assertRandom, type Random } from '../image/image.js';
import { drawBeta } from '../random/draws.js';
import type { CutMixBox } from './cut-mix-box.js';
import { drawCutMixBox } from './mix-pair.js';
import { assertMix, type MixSpec, planMix } from './plan-mix.js';

/** Images and their labels as flat arrays, row-major. */
export interface LabelledBatch {
  /** `shape`, on any scale. */
  readonly images: Float32Array;
  /** `[batch, height, width, channels]`. */
  readonly shape: readonly [number, number, number, number];
  /** `[batch, classes]`: one-hot, smoothed or mixed already. */
  readonly labels: Float32Array;
}

/**
 * Mixes the `2 n` images of a batch to `n`, by `planMix`, and their labels by the same ratios. Of an odd number the last image
 * stays as it is, behind the others. Draws: for each mixed output those of `mixPair`.
 *
 * Values are not clipped. The authors clip them to bytes before RandAugment: `mixPair` does.
 *
 * @param batch Images and labels; they are not written to.
 * @param mix Which kinds, and mixup's alpha.
 * @param random Where its draws come from.
 * @throws RangeError when an array has another length than its shape, or a label is no share of [0, 1]; TypeError for what is no batch.
 * @example
 * ```ts
 * import { mixBatch, seededRandom } from '@nfnets/augment';
 *
 * const labels = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1); // 4 images, 2 classes
 * const batch = { images: new Float32Array(4 * 32 * 32 * 3), shape: [4, 32, 32, 3] as const, labels };
 * const mixed = mixBatch(batch, { kinds: ['mixup', 'cutmix'], alpha: 0.2 }, seededRandom(1)); // 2 images
 * ```
 */
export function mixBatch(batch: LabelledBatch, mix: MixSpec, random: Random): LabelledBatch {
  const sizes = sizesOf('mixBatch', batch);
  const { count, imageSize, classes } = sizes;
  assertMix('mixBatch', mix);
  if (mix.alpha === undefined && mix.kinds.includes('mixup')) {
    throw new TypeError('mixBatch: `alpha` must be > 0 for mixup, got undefined.');
  }
  assertRandom('mixBatch', random);
  const [, height, width, channels] = batch.shape;
  const outputs = Math.ceil(count / 2);
  const images = new Float32Array(outputs * imageSize);
  const labels = new Float32Array(outputs * classes);
  const imageOf = (i: number) => batch.images.subarray(i * imageSize, (i + 1) * imageSize);
  const labelOf = (i: number) => batch.labels.subarray(i * classes, (i + 1) * classes);
  for (const [i, { kind, first, second }] of planMix(mix, Math.floor(count / 2)).entries()) {
    const image = images.subarray(i * imageSize, (i + 1) * imageSize);
    let ratio: number;
    if (kind === 'mixup') {
      ratio = drawBeta(mix.alpha, random);
      blend(image, imageOf(first), imageOf(second), ratio);
    } else {
      const box = drawCutMixBox(height, width, random);
      ratio = box.ratio;
      image.set(imageOf(second));
      pasteBox(image, imageOf(first), box, width, channels);
    }
    blend(labels.subarray(i * classes, (i + 1) * classes), labelOf(first), labelOf(second), ratio);
  }
  if (count % 2 !== 0) {
    images.set(imageOf(count - 1), (outputs - 1) * imageSize);
    labels.set(labelOf(count - 1), (outputs - 1) * classes);
  }
  return { images, shape: [outputs, height, width, channels], labels };
}

/** Writes `ratio * first + (1 - ratio) * second`. */
export function blend(result: Float32Array, first: Float32Array, second: Float32Array, ratio: number): void {
  for (let i = 0; i < result.length; i++) result[i] = ratio * first[i]! + (1 - ratio) * second[i]!;
}

/** Copies the pixels of a box from an image to another of the same shape. */
export function pasteBox(
  to: Float32Array,
  from: Float32Array,
  { x1, y1, x2, y2 }: Omit<CutMixBox, 'ratio'>,
  width: number,
  channels: number,
): void {
  if (x2 <= x1) return;
  for (let y = y1; y < y2; y++) {
    const start = (y * width + x1) * channels;
    to.set(from.subarray(start, (y * width + x2) * channels), start);
  }
}

/** Number of images, values of an image, classes. */
export function sizesOf(
  who: string,
  batch: LabelledBatch,
): { readonly count: number; readonly imageSize: number; readonly classes: number } {
  if (typeof batch !== 'object' || batch === null) {
    throw new TypeError(`${who}: \`batch\` must be { images, shape, labels }, got ${show(batch)}.`);
  }
  const { images, shape, labels } = batch;
  for (const [name, values] of Object.entries({ images, labels })) {
    if (ArrayBuffer.isView(values) && 'subarray' in values) continue;
    throw new TypeError(`${who}: \`${name}\` must be a Float32Array, got ${show(values)}.`);
  }
  const [count, height, width, channels] = Array.isArray(shape) ? (shape as LabelledBatch['shape']) : [0, 0, 0, 0];
  const imageSize = height * width * channels;
  if (!Array.isArray(shape) || shape.length !== 4 || images.length !== count * imageSize) {
    throw new RangeError(
      `${who}: \`images\` must have as many values as \`shape\` says, [batch, height, width, channels]; got ${images.length} for ${show(shape)}.`,
    );
  }
  if (count === 0 || labels.length % count !== 0) {
    throw new RangeError(
      `${who}: \`labels\` must be [batch, classes] for a batch of ${count}, got ${labels.length} values.`,
    );
  }
  const odd = labels.find((label) => !(label >= 0 && label <= 1));
  if (odd !== undefined) {
    throw new RangeError(
      `${who}: \`labels\` must be shares of [0, 1], a value for each class, got ${odd}. Make class numbers one-hot before.`,
    );
  }
  return { count, imageSize, classes: labels.length / count };
}
