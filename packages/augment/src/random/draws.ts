import { show } from '@nfnets/options';
import { assertRandom, type Random } from '../image/image.js';
import { expOf, logOf } from './portable-math.js';

/** A whole number of 0..count - 1, all equally likely. One draw. */
export function drawBelow(count: number, random: Random): number {
  return Math.floor(random() * count);
}

/** A number uniform in [low, high). One draw. */
export function drawBetween(low: number, high: number, random: Random): number {
  return low + (high - low) * random();
}

/** A standard normal number (Marsaglia's polar method: pairs of draws until one lies in the unit circle). */
export function drawNormal(random: Random): number {
  for (;;) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * logOf(square)) / square);
  }
}

/**
 * Draws a number of [0, 1] from the symmetric beta distribution Beta(alpha, alpha): the mixing ratio of mixup.
 *
 * @param alpha Both shapes of the distribution, > 0.
 * @param random Where its draws come from.
 * @throws RangeError unless `alpha` is > 0; TypeError for what is no number or no generator.
 * @example
 * ```ts
 * import { drawBeta, seededRandom } from '@nfnets/augment';
 *
 * const ratio = drawBeta(0.2, seededRandom(5)); // mostly near 0 or near 1
 * ```
 */
export function drawBeta(alpha: number, random: Random): number {
  if (!(Number.isFinite(alpha) && alpha > 0)) {
    throw new RangeError(`drawBeta: \`alpha\` must be > 0, got ${show(alpha)}.`);
  }
  assertRandom('drawBeta', random);
  return alpha <= 1 ? drawSpreadBeta(alpha, random) : drawPeakedBeta(alpha, random);
}

function drawSpreadBeta(alpha: number, random: Random): number {
  for (;;) {
    // In logarithms, as u^(1/alpha) underflows for small alpha. 1 - random() is never zero.
    const logX = logOf(1 - random()) / alpha;
    const logY = logOf(1 - random()) / alpha;
    if (expOf(logX) + expOf(logY) <= 1) return 1 / (1 + expOf(logY - logX));
  }
}

function drawPeakedBeta(alpha: number, random: Random): number {
  const lambda = 1 / Math.sqrt(alpha);
  const gamma = alpha + 1 / lambda;
  for (;;) {
    const u = 1 - random();
    const v = 1 - random();
    if (u === 1) continue;
    const logit = lambda * logOf(u / (1 - u));
    const w = alpha * expOf(logit);
    const r = gamma * logit - Math.LN2 * 2;
    if (r + 2 * alpha * logOf((2 * alpha) / (alpha + w)) >= logOf(u * u * v)) return w / (alpha + w);
  }
}
