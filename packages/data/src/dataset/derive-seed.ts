import { assertInteger, show } from '@nfnets/options';

/**
 * Computes a nonzero 31-bit seed from a seed and what it is for: `deriveSeed(seed, 'masks', step)`.
 *
 * The parts keep streams of numbers apart that one seed feeds. Nonzero because tfjs takes seed 0 for "no seed".
 *
 * @param seed Any integer.
 * @param parts What the seed is for: texts and numbers.
 * @throws RangeError if `seed` is not an integer, TypeError if a part is neither a text nor a number.
 * @example
 * ```ts
 * import { deriveSeed } from '@nfnets/data';
 *
 * const orderOfEpoch = (epoch: number) => deriveSeed(42, 'order', epoch);
 * console.log(orderOfEpoch(0) !== orderOfEpoch(1)); // true
 * ```
 */
export function deriveSeed(seed: number, ...parts: readonly (string | number)[]): number {
  assertInteger('deriveSeed', 'seed', seed);
  for (const part of parts) {
    if (typeof part === 'string' || Number.isFinite(part)) continue;
    // JSON would make null of it, and streams that are to be apart would be one.
    throw new TypeError(`deriveSeed: \`parts\` must be texts and finite numbers, got ${show(part)}.`);
  }
  // 32-bit FNV-1a, then the finalizer of MurmurHash3: FNV alone leaves neighbouring steps close together.
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify([seed, ...parts])) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x7fffffff || 1;
}
