import { checkOptions, integerFrom, numberIn, type OptionRules, oneOf, rule } from '@nfnets/options';
import { checkedTransform, type Image, type SampleTransform } from '../image/image.js';
import { colour } from '../image/option-rules.js';
import { applyInTurn } from '../image/reused-bytes.js';
import { applyOp, OP_NAMES, type OpName } from '../ops/augment-op.js';
import { type OpArgumentOptions, opArgument } from '../ops/op-arguments.js';
import { AUTHORS_STYLE, type OpQuirks, type OpStyle, QUIRK_RULES } from '../ops/op-style.js';
import { drawBelow } from '../random/draws.js';

/** Options of {@link autoAugment}, and of {@link randAugment} beside its own. */
export interface PolicyOptions extends Partial<OpQuirks> {
  /** Translate's argument at magnitude 10: `'pixels'`, the same for every size, or `'share'`, 0.45 of the side. Default `'pixels'`. */
  readonly translate?: 'pixels' | 'share';
  /**
   * Images with a side below this many pixels get Translate's and Cutout's pixels in proportion to that side: with 192, which is
   * the smallest that the authors train with, images of 32 x 32 are moved by 100 * 32 / 192 pixels at magnitude 10. Default 0,
   * never, and then most of an image of 32 x 32 is moved out of sight.
   */
  readonly scaleBelow?: number;
  /** Level of pixels from outside of the image, and of Cutout, or `[red, green, blue]`. Default 128. */
  readonly fill?: number | readonly [number, number, number];
}

/** Options of {@link randAugment}. */
export interface RandAugmentOptions extends PolicyOptions {
  /** Strength of every operation; 10 is the scale of the arguments. NFNet-F0 trains with 5, F1 and F2 with 10, the others 15. */
  readonly magnitude: number;
  /** Operations applied to an image, one after the other. Default 2. The authors take 4 for NFNets. */
  readonly layers?: number;
  /** What is drawn from, each equally likely. Default all 16. */
  readonly ops?: readonly OpName[];
}

const opNames = rule(
  `a list of ${OP_NAMES.join(', ')}`,
  (value) => Array.isArray(value) && value.length > 0 && value.every((name) => OP_NAMES.includes(name)),
);

export const POLICY_RULES: OptionRules<PolicyOptions> = {
  translate: oneOf(['pixels', 'share']),
  scaleBelow: integerFrom(0),
  fill: colour,
  ...QUIRK_RULES,
};

/**
 * Applies random operations: each layer draws one of `ops`, with replacement, and applies it at the one magnitude. Draws of
 * a layer: the operation, its sign where it has one, Cutout's row and column.
 *
 * Source: Cubuk et al. 2019, in the form of Brock et al. 2021 (`autoaugment.py`), whose quirks are the defaults.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { randAugment, seededRandom } from '@nfnets/augment';
 *
 * // As NFNet-F1 is trained.
 * const augment = randAugment({ magnitude: 10, layers: 4 });
 * const image = { data: new Uint8Array(224 * 224 * 3), height: 224, width: 224, channels: 3 };
 * const augmented = augment(image, seededRandom(7));
 * ```
 */
export function randAugment(options: RandAugmentOptions): SampleTransform {
  checkOptions<RandAugmentOptions>(
    'randAugment',
    options,
    { magnitude: numberIn(0, 30), layers: integerFrom(0), ops: opNames, ...POLICY_RULES },
    { required: ['magnitude'] },
  );
  const { magnitude, layers = 2, ops = OP_NAMES, ...policy } = options;
  const style = policyStyle(policy);
  const scales = policyScales(policy, 100, 40);
  return checkedTransform('randAugment', (image, random) => {
    const layer = (current: Image): Image => {
      const name = ops[drawBelow(ops.length, random)]!;
      return applyOp(current, name, opArgument(name, magnitude, current, scales, random), style, random);
    };
    return applyInTurn(image, Array<typeof layer>(layers).fill(layer));
  });
}

/** How the operations of a policy compute: as the authors', but for what `options` say. */
export function policyStyle({ translate: _, scaleBelow: __, ...style }: PolicyOptions): OpStyle {
  return { ...AUTHORS_STYLE, ...style };
}

/** The arguments of Translate, where `options` do not say `'share'`, and of Cutout at magnitude 10, in pixels. */
export function policyScales(
  { translate, scaleBelow = 0 }: PolicyOptions,
  pixels: number,
  cutout: number,
): OpArgumentOptions {
  return { translate: translate === 'share' ? { share: 0.45 } : { pixels }, cutout, scaleBelow };
}
