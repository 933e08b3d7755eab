import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate that `word` most likely stands for: the same but for case, `_` and `-` (`clip_factor`), its initials (`lr` for
 * `learningRate`), its beginning (`momen`), or a slip of a third of its letters; undefined where none is near.
 *
 * @param word What somebody wrote.
 * @param candidates What there is.
 * @throws TypeError when `word` is no text.
 * @example
 * ```ts
 * import { nearest } from '@nfnets/options';
 *
 * console.log(nearest('lr', ['learningRate', 'momentum'])); // learningRate
 * console.log(nearest('clip_factor', ['clipFactor', 'eps'])); // clipFactor
 * ```
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = plainForm(word);
  const alike =
    candidates.find((candidate) => plainForm(candidate) === plain) ??
    candidates.find((candidate) => word.length > 1 && initialsOf(candidate) === word) ??
    candidates.find((candidate) => plain.length > 2 && plainForm(candidate).startsWith(plain));
  if (alike !== undefined) return alike;
  const forms = candidates.map(plainForm);
  const form = closest(plain, forms);
  return distance(plain, form) <= Math.max(2, plain.length / 3) && distance(plain, form) < plain.length
    ? candidates[forms.indexOf(form)]
    : undefined;
}

const plainForm = (word: string): string => word.toLowerCase().replaceAll(/[_\-\s]/g, '');

const initialsOf = (name: string): string => name.replaceAll(/(?<=.)[a-z0-9]/g, '').toLowerCase();
