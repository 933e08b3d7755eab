/** Stirling's series is to double precision from here on; below, arguments are moved up by the recurrences. */
const ENOUGH = 12;

/** log Γ(x) of x > 0, by Stirling's series (DLMF 5.11.1). */
export function logGamma(x: number): number {
  let moved = x;
  let product = 1;
  for (; moved < ENOUGH; moved++) product *= moved;
  const square = 1 / moved ** 2;
  const series = 1 / 12 + square * (-1 / 360 + square * (1 / 1260 + square * (-1 / 1680 + square / 1188)));
  return (moved - 0.5) * Math.log(moved) - moved + 0.5 * Math.log(2 * Math.PI) + series / moved - Math.log(product);
}

/** ψ(x), the derivative of log Γ, of x > 0 (DLMF 5.11.2). */
export function digamma(x: number): number {
  let moved = x;
  let sum = 0;
  for (; moved < ENOUGH; moved++) sum -= 1 / moved;
  const square = 1 / moved ** 2;
  const series = 1 / 12 + square * (-1 / 120 + square * (1 / 252 + square * (-1 / 240 + square / 132)));
  return sum + Math.log(moved) - 0.5 / moved - square * series;
}

/** ψ′(x) of x > 0, the derivative of the asymptotic series of ψ. */
export function trigamma(x: number): number {
  let moved = x;
  let sum = 0;
  for (; moved < ENOUGH; moved++) sum += 1 / moved ** 2;
  const square = 1 / moved ** 2;
  const series = 1 / 6 + square * (-1 / 30 + square * (1 / 42 + square * (-1 / 30 + (square * 5) / 66)));
  return sum + 1 / moved + square / 2 + (square * series) / moved;
}

/** The x > 0 with ψ′(x) = `value` > 0, by halving: ψ′ falls from infinity to 0. */
export function inverseTrigamma(value: number): number {
  let [low, high] = [-50, 50];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (trigamma(Math.exp(middle)) > value) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
