import { checkOptions, type OptionRules, positive, rule } from '@nfnets/options';

/** How two images become one. */
export type MixKind = 'mixup' | 'cutmix';

/** How the images of a batch are mixed, as JSON. */
export interface MixSpec {
  /** One kind for all outputs, or two, each for half of them. */
  readonly kinds: readonly MixKind[];
  /** Of the Beta(alpha, alpha) that mixup's ratio is drawn from. */
  readonly alpha: number;
}

export const MIX_RULES: OptionRules<MixSpec> = {
  kinds: rule(
    'one or two of mixup, cutmix',
    (value) =>
      Array.isArray(value) &&
      (value.length === 1 || value.length === 2) &&
      value.every((kind) => kind === 'mixup' || kind === 'cutmix'),
  ),
  alpha: { ...positive, text: '> 0' },
};

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
 * @param mix Which kinds.
 * @param outputs How many images are made, of twice as many.
 * @throws RangeError when `kinds` is empty or `outputs` is not a whole number; TypeError for what is no mix.
 * @example
 * ```ts
 * import { planMix } from '@nfnets/augment';
 *
 * const plan = planMix({ kinds: ['mixup', 'cutmix'] }, 4); // of 8 images
 * console.log(plan.map(({ kind, first, second }) => `${kind} ${first} ${second}`));
 * ```
 */
export function planMix(mix: Pick<MixSpec, 'kinds'>, outputs: number): PlannedMix[] {
  assertMix('planMix', mix);
  const { kinds } = mix;
  if (!(Number.isSafeInteger(outputs) && outputs >= 0)) {
    throw new RangeError(`planMix: \`outputs\` must be a whole number from 0, got ${outputs}.`);
  }
  const half = kinds.length === 1 ? outputs : Math.floor(outputs / 2);
  return Array.from({ length: outputs }, (_, i) => {
    if (i < half) return { kind: kinds[0]!, first: i, second: half + i };
    const place = i - half;
    return { kind: kinds[1]!, first: 2 * half + place, second: half + outputs + place };
  });
}

/** Fails unless `mix` has one or two kinds, and an alpha > 0 where it has one. */
export function assertMix(who: string, mix: Partial<MixSpec>): void {
  checkOptions<MixSpec>(who, mix, MIX_RULES, { required: ['kinds'] });
}
