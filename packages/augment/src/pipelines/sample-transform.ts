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
 * @throws RangeError when a step or an option is unknown, or out of its range; it names the step by its place.
 */
export function sampleTransform(spec: AugmentSpec): SampleTransform {
  if (!Array.isArray(spec))
    throw new RangeError(`sampleTransform: \`spec\` must be an array of steps, got ${show(spec)}.`);
  const steps = spec.map((step, place) => makeStep(step, place));
  return checkedTransform('sampleTransform', (image, random) =>
    applyInTurn(
      image,
      steps.map((apply) => (current) => apply(current, random)),
    ),
  );
}

function makeStep(step: AugmentSpec[number], place: number): SampleTransform {
  const { op, ...options } = step ?? {};
  if (typeof op !== 'string' || !Object.hasOwn(MAKERS, op)) {
    const near = typeof op === 'string' ? nearest(op, Object.keys(MAKERS)) : undefined;
    const hint = near === undefined ? '.' : `; did you mean '${near}'?`;
    throw new RangeError(
      `sampleTransform: \`spec[${place}].op\` must be one of ${Object.keys(MAKERS).join(', ')}, got ${show(op)}${hint}`,
    );
  }
  try {
    return (MAKERS[op] as (options: object) => SampleTransform)(options);
  } catch (error) {
    throw new RangeError(`sampleTransform: \`spec[${place}]\`: ${(error as Error).message}`, { cause: error });
  }
}
