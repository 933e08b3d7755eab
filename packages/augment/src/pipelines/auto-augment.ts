import { checkOptions } from '@nfnets/options';
import { checkedTransform, type Image, type SampleTransform } from '../image/image.js';
import { applyInTurn } from '../image/reused-bytes.js';
import { applyOp } from '../ops/augment-op.js';
import { opArgument } from '../ops/op-arguments.js';
import { drawBelow } from '../random/draws.js';
import { AUTO_AUGMENT_V0 } from './auto-augment-policy.js';
import { POLICY_RULES, type PolicyOptions, policyScales, policyStyle } from './rand-augment.js';

/**
 * Applies one of the 25 sub-policies of AutoAugment's "v0": each of its two operations by its own chance. Draws: the
 * sub-policy; for each operation whether it is applied, and then its sign where it has one.
 *
 * Translate's argument at magnitude 10 is 250 pixels here, 2.5 times RandAugment's.
 *
 * Source: Cubuk et al. 2018, in the form of Brock et al. 2021 (`autoaugment.py`).
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { autoAugment, seededRandom } from '@nfnets/augment';
 *
 * const augment = autoAugment({ fill: 0 });
 * const image = { data: new Uint8Array(64 * 64 * 3), height: 64, width: 64, channels: 3 };
 * const augmented = augment(image, seededRandom(7));
 * ```
 */
export function autoAugment(options: PolicyOptions = {}): SampleTransform {
  checkOptions<PolicyOptions>('autoAugment', options, POLICY_RULES);
  const style = policyStyle(options);
  const scales = policyScales(options, 250, 100);
  return checkedTransform('autoAugment', (image, random) => {
    const policy = AUTO_AUGMENT_V0[drawBelow(AUTO_AUGMENT_V0.length, random)]!;
    const steps = policy.map(([name, probability, magnitude]) => (current: Image) => {
      if (random() >= probability) return current;
      return applyOp(current, name, opArgument(name, magnitude, current, scales, random), style, random);
    });
    return applyInTurn(image, steps);
  });
}
