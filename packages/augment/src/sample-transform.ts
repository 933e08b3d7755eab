import type { AugmentSpec, StepOptions } from './augment-spec.js';
import { show } from './check-options.js';
import { horizontalFlip } from './horizontal-flip.js';
import { assertImage, type SampleTransform } from './image.js';
import { padAndCrop } from './pad-and-crop.js';

const MAKERS: { readonly [Name in keyof StepOptions]: (options: StepOptions[Name]) => SampleTransform } = {
  horizontalFlip,
  padAndCrop,
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
  return (image, random) => {
    assertImage('sampleTransform', image);
    return steps.reduce((current, apply) => apply(current, random), image);
  };
}

function makeStep(step: AugmentSpec[number], place: number): SampleTransform {
  const { op, ...options } = step ?? {};
  if (typeof op !== 'string' || !Object.hasOwn(MAKERS, op)) {
    throw new RangeError(
      `sampleTransform: \`spec[${place}].op\` must be one of ${Object.keys(MAKERS).join(', ')}, got ${show(op)}.`,
    );
  }
  try {
    return (MAKERS[op] as (options: object) => SampleTransform)(options);
  } catch (error) {
    throw new RangeError(`sampleTransform: \`spec[${place}]\`: ${(error as Error).message}`, { cause: error });
  }
}
