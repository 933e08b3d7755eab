import { logGamma } from './gamma-functions.js';

/** Φ(z), the normal distribution function, by its series of positive terms (Marsaglia 2004, "Evaluating the normal distribution"). */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let sum = z;
  let term = z;
  for (let i = 3; sum + term !== sum || i === 3; i += 2) {
    term *= z ** 2 / i;
    sum += term;
    if (term === 0) break;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z ** 2)) / Math.sqrt(2 * Math.PI);
}

/** P(T <= `t`) of Student's t with `freedom` > 0 degrees of freedom, which need not be whole. */
export function studentTCdf(t: number, freedom: number): number {
  if (freedom > MOST_FREEDOM) return normalCdf(t);
  const tail = 0.5 * incompleteBeta(freedom / (freedom + t ** 2), freedom / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/** The `p` quantile of Student's t with `freedom` > 0 degrees of freedom, 0 < p < 1; of the normal distribution where that is infinite. */
export function studentTQuantile(p: number, freedom: number): number {
  if (p > 0.5) return -studentTQuantile(1 - p, freedom);
  let [low, high] = [-1, 0];
  while (studentTCdf(low, freedom) > p) low *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentTCdf(middle, freedom) > p) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** From here on the normal distribution is nearer than what rounding leaves of the other way. */
const MOST_FREEDOM = 1e8;

/** Iₓ(a, b), the regularized incomplete beta function, by its continued fraction (DLMF 8.17.22). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a),
  );
  // From its end: as many terms as any of our arguments needs.
  const terms = 50 + 5 * Math.ceil(Math.sqrt(a + b));
  let fraction = 1;
  for (let m = terms; m >= 1; m--) {
    const odd = (-(a + m - 1) * (a + b + m - 1) * x) / ((a + 2 * m - 2) * (a + 2 * m - 1));
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    fraction = 1 + odd / (1 + even / fraction);
  }
  return front / fraction;
}
