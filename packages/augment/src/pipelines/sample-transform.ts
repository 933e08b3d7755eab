import { nearest, show } from '@nfnets/options';
import { centreCrop } from '../crops/centre-crop.js';
import { padAndCrop } from '../crops/pad-and-crop.js';
import { randomResizedCrop } from '../crops/random-resized-crop.js';
import { resize } from '../crops/resize.js';
import { checkedTransform, type SampleTransform } from '../image/image.js';
import { applyInTurn } from '../image/reused-bytes.js';
import { cutout } from '../ops/cutout.js';
import { horizontalFlip } from '../ops/horizontal-flip.js';
import { randomErasing } from '../ops/random-erasing.js';
import type { AugmentSpec, StepOptions } from './augment-spec.js';
import { autoAugment } from './auto-augment.js';
import { randAugment } from './rand-augment.js';
import { timmRandAugment } from './timm-rand-augment.js';

const MAKERS: { readonly [Name in keyof StepOptions]: (options: StepOptions[Name]) => SampleTransform } = {
  randomResizedCrop,
  resize,
  centreCrop,
  padAndCrop,
  horizontalFlip,
  randAugment,
  timmRandAugment,
  autoAugment,
  cutout,
  randomErasing,
};

/**
 * Makes the function that a pipeline describes: its steps, first to last, all drawing from one `random`.
 *
 * @param spec The steps, as JSON.
 * @throws RangeError when a step or an option is unknown, or out of its range; it names the step by its place. TypeError for what is no list.
 * @example
 * ```ts
 * import { type AugmentSpec, sampleTransform, seededRandom } from '@nfnets/augment';
 *
 * const spec: AugmentSpec = [{ op: 'padAndCrop', padding: 4 }, { op: 'horizontalFlip' }, { op: 'randAugment', magnitude: 5 }];
 * const augment = sampleTransform(spec);
 * const image = { data: new Uint8Array(32 * 32 * 3), height: 32, width: 32, channels: 3 };
 * const augmented = augment(image, seededRandom(11)); // the same for the same seed
 * ```
 */
export function sampleTransform(spec: AugmentSpec): SampleTransform {
  const steps = makeSteps('sampleTransform', spec);
  return checkedTransform('sampleTransform', (image, random) =>
    applyInTurn(
      image,
      steps.map((apply) => (current) => apply(current, random)),
    ),
  );
}

/** The functions of the steps, for `who`, whom errors name. */
export function makeSteps(who: string, spec: AugmentSpec): SampleTransform[] {
  if (!Array.isArray(spec)) throw new RangeError(`${who}: \`spec\` must be an array of steps, got ${show(spec)}.`);
  return spec.map((step, place) => makeStep(who, step, place));
}

function makeStep(who: string, step: AugmentSpec[number], place: number): SampleTransform {
  const { op, ...options } = step ?? {};
  if (typeof op !== 'string' || !Object.hasOwn(MAKERS, op)) {
    const near = typeof op === 'string' ? nearest(op, Object.keys(MAKERS)) : undefined;
    const hint = near === undefined ? '.' : `; did you mean '${near}'?`;
    throw new RangeError(
      `${who}: \`spec[${place}].op\` must be one of ${Object.keys(MAKERS).join(', ')}, got ${show(op)}${hint}`,
    );
  }
  try {
    return (MAKERS[op] as (options: object) => SampleTransform)(options);
  } catch (error) {
    throw new RangeError(`${who}: \`spec[${place}]\`: ${(error as Error).message}`, { cause: error });
  }
}
