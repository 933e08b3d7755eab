import { nearest, show } from '@nfnets/options';
import type { MixKind, MixSpec } from '../mixing/plan-mix.js';
import type { AugmentSpec, AugmentStep } from './augment-spec.js';

/** What a name such as `cutmix_mixup_randaugment_405` says. */
export interface NamedAugment {
  /** How pairs of images are mixed, after they were cropped and resized. */
  readonly mix?: MixSpec;
  /** What is done to an image after mixing. */
  readonly transforms: AugmentSpec;
}

const WORDS = ['mixup', 'cutmix', 'randaugment', 'autoaugment'];
const DEFAULT_ALPHA = 0.2;

/**
 * Reads the names that the authors give their augmentation: words parted by `_`, in any order.
 *
 * `mixup`, with another alpha as `mixup_0.4`; `cutmix`; both are half and half. `randaugment_M`: magnitude M in 2 layers, or
 * from 101 on M mod 100 in M / 100 layers, so that 405 is 4 layers of magnitude 5. `autoaugment`. The order is always crop
 * and flip, mix, then `transforms`.
 *
 * @param name Such as `cutmix_mixup_randaugment_405`.
 * @throws RangeError when a word is not known, or a number is missing or out of its range.
 *
 * Source: Brock et al. 2021 (`dataset.py`, `autoaugment.py`).
 * @example
 * ```ts
 * import { parseAugmentName } from '@nfnets/augment';
 *
 * const { mix, transforms } = parseAugmentName('cutmix_mixup_randaugment_405'); // both are options of imageLoader
 * console.log(mix?.kinds, transforms);
 * ```
 */
export function parseAugmentName(name: string): NamedAugment {
  if (typeof name !== 'string') throw failure(name, 'be a text such as cutmix_mixup_randaugment_405');
  const kinds: MixKind[] = [];
  const transforms: AugmentStep[] = [];
  let alpha = DEFAULT_ALPHA;
  const words = name.split('_');
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === 'cutmix' || word === 'mixup') kinds.push(word);
    else if (word === 'autoaugment') transforms.push({ op: 'autoAugment' });
    else if (word === 'randaugment') transforms.push(randAugmentOf(words.shift(), name));
    else throw failure(name, 'be made of mixup, cutmix, randaugment_405, autoaugment', nearest(word, WORDS));
    if (word === 'mixup' && isNumber(words[0])) alpha = Number(words.shift());
  }
  if (new Set(kinds).size < kinds.length || transforms.length > 1) throw failure(name, 'name nothing twice');
  if (!(alpha > 0)) throw failure(name, 'have an alpha > 0 after mixup');
  // Mixup makes the first half, however the name puts it.
  const mix = kinds.length === 0 ? {} : { mix: { kinds: kinds.toSorted().reverse(), alpha } };
  return { ...mix, transforms };
}

function randAugmentOf(suffix: string | undefined, name: string): AugmentStep {
  const number = Number(suffix);
  const [layers, magnitude] = number > 100 ? [Math.floor(number / 100), number % 100] : [2, number];
  if (!/^\d+$/.test(suffix ?? '') || magnitude > 30) {
    throw failure(name, 'have a whole number after randaugment, of a magnitude up to 30, as 405 or 9');
  }
  return { op: 'randAugment', magnitude, layers };
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d+(\.\d+)?$/.test(word);
}

function failure(name: string, rule: string, near?: string): RangeError {
  const hint = near === undefined ? '.' : `; did you mean ${near}?`;
  return new RangeError(`parseAugmentName: \`name\` must ${rule}, got ${show(name)}${hint}`);
}
