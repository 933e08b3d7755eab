import { assertInteger, show } from '@nfnets/options';

/**
 * Computes a nonzero 31-bit seed from a seed and a label: 32-bit FNV-1a over both, folded.
 *
 * Nonzero because tfjs takes seed 0 for "no seed".
 *
 * @param seed Any integer.
 * @param label What the seed is for, such as a layer's name: other labels give unrelated seeds.
 * @throws TypeError or RangeError when `seed` is no integer or `label` no text.
 * @example
 * ```ts
 * import { deriveSeed } from '@nfnets/nf-blocks';
 *
 * const seeds = ['stem', 'block0', 'block1'].map((layer) => deriveSeed(42, layer));
 * ```
 */
export function deriveSeed(seed: number, label: string): number {
  assertInteger('deriveSeed', 'seed', seed);
  if (typeof label !== 'string') throw new TypeError(`deriveSeed: \`label\` must be a text, got ${show(label)}.`);
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${label}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  // One round of mixing: FNV alone leaves labels that differ in their last letter close together.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) & 0x7fffffff || 1;
}
