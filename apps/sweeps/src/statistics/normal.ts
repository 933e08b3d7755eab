/** The chance that a standard normal number is at most `x`, to double precision. */
export const normalCdf = (x: number): number => (x < 0 ? upperTail(-x) : 1 - upperTail(x));

/** The chance that a standard normal number is above `x` of at least 0. */
function upperTail(x: number): number {
  // Where the series and the continued fraction both converge in few terms.
  if (x < 2.2) return 0.5 - density(x) * series(x);
  if (x > 39) return 0;
  // Laplace's continued fraction (DLMF 7.9.3), from its far end.
  let fraction = x;
  // The further out, the fewer terms: 90 at 2.2, 25 at 8.
  for (let k = Math.ceil(20 + 340 / (x * x)); k >= 1; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** x + x^3 / 3 + x^5 / (3 * 5) + ... (Abramowitz and Stegun 26.2.11). */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum;
}
