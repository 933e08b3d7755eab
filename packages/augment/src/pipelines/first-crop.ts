import { cropAndResizeBytes } from '../crops/crop-and-resize.js';
import type { CropBox } from '../crops/crop-box.js';
import { type RandomResizedCropOptions, resizedCrop } from '../crops/random-resized-crop.js';
import { checkedTransform, type Random, type SampleTransform } from '../image/image.js';
import { applyInTurn } from '../image/reused-bytes.js';
import type { AugmentSpec } from './augment-spec.js';
import { makeSteps } from './sample-transform.js';

/** A pipeline in two halves: which part of an image it needs, and what it makes of that part. */
export interface FirstCrop {
  /** The part that is needed of an image of these sides. Its draws come before those of `transform`. */
  readonly drawBox: (height: number, width: number, random: Random) => CropBox;
  /** Makes of the part alone what `sampleTransform` makes of the whole image. */
  readonly transform: SampleTransform;
}

/**
 * Splits a pipeline that begins with `randomResizedCrop`, so that a decoder need not make the pixels that it would cut off.
 *
 * @param spec The steps, as JSON.
 * @returns undefined for a pipeline that begins otherwise.
 * @throws RangeError or TypeError for a `spec` that `sampleTransform` refuses.
 * @example
 * ```ts
 * import { firstCrop, seededRandom } from '@nfnets/augment';
 *
 * const { drawBox, transform } = firstCrop([{ op: 'randomResizedCrop', size: 224 }, { op: 'horizontalFlip' }])!;
 * const random = seededRandom(1);
 * const { height, width } = drawBox(480, 640, random);
 * const part = { data: new Uint8Array(height * width * 3), height, width, channels: 3 }; // of any decoder
 * const augmented = transform(part, random); // 224 x 224
 * ```
 */
export function firstCrop(spec: AugmentSpec): FirstCrop | undefined {
  const steps = makeSteps('firstCrop', spec);
  const [first] = spec;
  if (first?.op !== 'randomResizedCrop') return undefined;
  const { op: _, ...options } = first;
  const { drawBox, size, interpolation } = resizedCrop(options satisfies RandomResizedCropOptions);
  const transform = checkedTransform('firstCrop', (part, random) =>
    applyInTurn(part, [
      ({ height, width }) => cropAndResizeBytes(part, { top: 0, left: 0, height, width }, size, interpolation),
      ...steps.slice(1).map((apply) => (image: typeof part) => apply(image, random)),
    ]),
  );
  return { drawBox, transform };
}
