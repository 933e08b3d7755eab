import { assertInteger } from '@nfnets/options';
import type { Random } from '../image/image.js';

/**
 * Makes a generator of uniform numbers in [0, 1), the same for the same whole seed (mulberry32). Of a larger seed the lowest 32
 * bits count.
 *
 * @param seed A whole number.
 * @throws TypeError or RangeError for another value.
 * @example
 * ```ts
 * import { seededRandom } from '@nfnets/augment';
 *
 * const random = seededRandom(42);
 * console.log(random() === seededRandom(42)()); // true
 * ```
 */
export function seededRandom(seed: number): Random {
  assertInteger('seededRandom', 'seed', seed);
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
