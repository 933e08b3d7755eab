import { augmentOp, OP_NAMES, type OpName } from './augment-op.js';
import { checkOptions, colour, numberIn, oneOf, type Rule, wholeFrom } from './check-options.js';
import { drawBelow } from './draws.js';
import type { Image, SampleTransform } from './image.js';
import { type OpArgumentOptions, opArgument } from './op-arguments.js';
import { AUTHORS_STYLE, type OpQuirks, type OpStyle } from './op-style.js';
import { applyInTurn } from './reused-bytes.js';

export interface PolicyOptions extends Partial<OpQuirks> {
  /** Translate's argument at magnitude 10: `'pixels'`, the same for every size, or `'share'`, 0.45 of the side. Default: pixels. */
  readonly translate?: 'pixels' | 'share';
  /** Level of pixels from outside of the image, and of Cutout, or `[red, green, blue]`. Default: 128. */
  readonly fill?: number | readonly [number, number, number];
}

export interface RandAugmentOptions extends PolicyOptions {
  /** Strength of every operation; 10 is the scale of the arguments. NFNet-F0 trains with 5, F1 and F2 with 10, the others 15. */
  readonly magnitude: number;
  /** Operations applied to an image, one after the other. Default: 2. The authors take 4 for NFNets. */
  readonly layers?: number;
  /** What is drawn from, each equally likely. Default: all 16. */
  readonly ops?: readonly OpName[];
}

const opNames: Rule = {
  text: `a list of ${OP_NAMES.join(', ')}`,
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => OP_NAMES.includes(name)),
};

export const POLICY_RULES = {
  translate: oneOf(['pixels', 'share']),
  fill: colour,
  contrastGrey: oneOf(['pixel-count', 'mean']),
  solarizeOverflow: oneOf(['wrap', 'keep']),
  equalizeTable: oneOf(['pillow', 'textbook']),
  blendRounding: oneOf(['truncate', 'round']),
};

/**
 * Applies random operations: each layer draws one of `ops`, with replacement, and applies it at the one magnitude. Draws of
 * a layer: the operation, its sign where it has one, Cutout's row and column.
 *
 * Source: Cubuk et al. 2019, in the form of Brock et al. 2021 (`autoaugment.py`), whose quirks are the defaults.
 */
export function randAugment(options: RandAugmentOptions): SampleTransform {
  checkOptions(
    'randAugment',
    options,
    { magnitude: numberIn(0, 30), layers: wholeFrom(0), ops: opNames, ...POLICY_RULES },
    ['magnitude'],
  );
  const { magnitude, layers = 2, ops = OP_NAMES, ...policy } = options;
  const style = policyStyle(policy);
  const scales = policyScales(policy, 100, 40);
  return (image, random) => {
    const layer = (current: Image): Image => {
      const name = ops[drawBelow(ops.length, random)]!;
      return augmentOp(current, name, opArgument(name, magnitude, current, scales, random), style, random);
    };
    return applyInTurn(image, Array<typeof layer>(layers).fill(layer));
  };
}

/** How the operations of a policy compute: as the authors', but for what `options` say. */
export function policyStyle({ translate: _, ...style }: PolicyOptions): OpStyle {
  return { ...AUTHORS_STYLE, ...style };
}

/** The arguments of Translate, where `options` do not say `'share'`, and of Cutout at magnitude 10, in pixels. */
export function policyScales({ translate }: PolicyOptions, pixels: number, cutout: number): OpArgumentOptions {
  return { translate: translate === 'share' ? { share: 0.45 } : { pixels }, cutout };
}
