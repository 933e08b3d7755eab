import { describe, expect, it } from 'vitest';
import { digamma, inverseTrigamma, logGamma, trigamma } from './gamma-functions.js';
import { normalCdf, studentTCdf, studentTQuantile } from './student-t.js';

// Of scipy 1.17.1, by the call in front of each.
describe('distributions', () => {
  it.each([
    [1.5, 2, 0.8638034375544994],
    [-2.2, 0.6, 0.1914009031250585],
    [0.3, 7.5, 0.6138386707156109],
    [4, 30, 0.9998090771819581],
    [-5, 1e4, 2.9151633068313295e-7],
    [-8, 3, 0.002038288793892733],
  ])('stats.t.cdf(%d, %d)', (t, freedom, probability) => {
    expect(studentTCdf(t, freedom) / probability).toBeCloseTo(1, 9);
    expect(studentTCdf(-t, freedom)).toBeCloseTo(1 - probability, 12);
  });

  it.each([
    [0.95, 2, 2.9199855803537242],
    [0.975, 0.6, 67.84439532957197],
    [0.01, 7.5, -2.9430993234067215],
    [0.8, 3.2, 0.9688795926418267],
    [0.95, 1e5, 1.6448688647849696],
    [0.975, Number.POSITIVE_INFINITY, 1.959963984540054],
  ])('stats.t.ppf(%d, %d)', (p, freedom, quantile) => {
    expect(studentTQuantile(p, freedom) / quantile).toBeCloseTo(1, 9);
  });

  it.each([
    [-6, 9.865876450376946e-10],
    [-1.2, 0.11506967022170822],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [3, 0.9986501019683699],
  ])('stats.norm.cdf(%d)', (z, probability) => {
    expect(normalCdf(z)).toBeCloseTo(probability, 14);
  });

  it('special.gammaln, special.digamma and special.polygamma(1, x) of 0.3, 1, 5.5 and 100', () => {
    const at = [0.3, 1, 5.5, 100];
    for (const [made, right] of [
      [at.map(logGamma), [1.0957979948180756, 0, 3.9578139676187165, 359.1342053695754]],
      [at.map(digamma), [-3.502524222200133, -0.5772156649015329, 1.611093148581751, 4.600161852738088]],
      [at.map(trigamma), [12.245364546107734, 1.6449340668482266, 0.1993423869896277, 0.010050166663333573]],
      [at.map(trigamma).map(inverseTrigamma), at],
    ] as const)
      for (const [i, value] of made.entries()) expect(value).toBeCloseTo(right[i]!, 11);
  });
});
