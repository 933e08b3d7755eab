import type { MixKind } from './mix-pair.js';

/** How the images of a batch are mixed, as JSON. */
export interface MixSpec {
  /** One kind for all outputs, or two, each for half of them. */
  readonly kinds: readonly MixKind[];
  /** Of the Beta(alpha, alpha) that mixup's ratio is drawn from. */
  readonly alpha: number;
}

/** What output `i` of a batch is made of, at place `i` of the plan: two of the inputs, by their index. */
export interface PlannedMix {
  readonly kind: MixKind;
  readonly first: number;
  readonly second: number;
}

/**
 * Plans the mixing of `2 * outputs` images to `outputs`: every image is used once. With two kinds, the first kind makes the
 * first half (of an odd number, the smaller half) from the first half of the images, the second kind the rest.
 *
 * @throws RangeError when `kinds` is empty or `outputs` is not a whole number.
 *
 * Source: Brock et al. 2021 (`dataset.py`): quarters q0 to q3 become mixup(q0, q1) and cutmix(q2, q3).
 */
export function planMix({ kinds }: Pick<MixSpec, 'kinds'>, outputs: number): PlannedMix[] {
  if (!(Number.isSafeInteger(outputs) && outputs >= 0)) {
    throw new RangeError(`planMix: \`outputs\` must be a whole number from 0, got ${outputs}.`);
  }
  if (kinds.length !== 1 && kinds.length !== 2) {
    throw new RangeError(`planMix: \`kinds\` must be one or two of mixup, cutmix, got ${JSON.stringify(kinds)}.`);
  }
  const half = kinds.length === 1 ? outputs : Math.floor(outputs / 2);
  return Array.from({ length: outputs }, (_, i) => {
    if (i < half) return { kind: kinds[0]!, first: i, second: half + i };
    const place = i - half;
    return { kind: kinds[1]!, first: 2 * half + place, second: half + outputs + place };
  });
}
