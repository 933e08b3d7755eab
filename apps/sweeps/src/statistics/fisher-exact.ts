import { logGamma } from './gamma-functions.js';

const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/**
 * Fisher's exact test that the first of two groups has the larger chance of an event: the p value, one-sided, of `first` of `firstOf` against
 * `second` of `secondOf`.
 */
export function fisherGreater(first: number, firstOf: number, second: number, secondOf: number): number {
  const events = first + second;
  let sum = 0;
  for (let k = first; k <= Math.min(firstOf, events); k++)
    if (events - k <= secondOf)
      sum += Math.exp(logChoose(firstOf, k) + logChoose(secondOf, events - k) - logChoose(firstOf + secondOf, events));
  return Math.min(1, sum);
}

/** More are not asked for to compare shares. */
const MOST = 100;

/**
 * How many samples each of two groups needs for `fisherGreater` to find, with the probability `power` at the one-sided `level`, that one has the
 * chance `larger` of an event and the other `smaller`; infinite beyond 100.
 */
export function seedsForFisher(larger: number, smaller: number, goal: { level: number; power: number }): number {
  for (let n = 2; n <= MOST; n++) {
    const [first, second] = [larger, smaller].map((share) => binomial(n, share)) as [number[], number[]];
    let found = 0;
    for (let i = 0; i <= n; i++) {
      // The fewer events the other has, the smaller the p value.
      for (let k = 0; k < i; k++) {
        if (first[i]! * second[k]! > 1e-12 && fisherGreater(i, n, k, n) > goal.level) break;
        found += first[i]! * second[k]!;
      }
    }
    if (found >= goal.power) return n;
  }
  return Number.POSITIVE_INFINITY;
}

const binomial = (n: number, share: number): number[] =>
  Array.from({ length: n + 1 }, (_, k) =>
    Math.exp(logChoose(n, k) + k * Math.log(share) + (n - k) * Math.log1p(-share)),
  );
