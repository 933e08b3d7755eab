import { describe, expect, it } from 'vitest';
import { fisherGreater } from './fisher-exact.js';
import { holm } from './holm.js';
import { fitNoise, moderate } from './noise-prior.js';

describe('holm', () => {
  it('adjusts as multipletests([.01, .04, .03, .005, .5], method="holm") of statsmodels 0.15.0', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005, 0.5]);
    for (const [i, p] of [0.04, 0.09, 0.09, 0.025, 0.5].entries()) expect(adjusted[i]).toBeCloseTo(p, 14);
    expect(holm([])).toEqual([]);
  });
});

describe('fisherGreater', () => {
  it.each([
    [3, 3, 0, 3, 0.05],
    [4, 5, 1, 6, 0.06709956709956709],
    [2, 10, 2, 9, 0.7507739938080495],
    [0, 3, 0, 3, 1],
  ])('is stats.fisher_exact(..., alternative="greater") of scipy 1.17.1 for %d of %d and %d of %d', (a, n, b, m, p) => {
    expect(fisherGreater(a, n, b, m)).toBeCloseTo(p, 12);
  });
});

describe('what many variances say about one', () => {
  // Smyth 2004, section 6.2, in numpy with scipy.special.digamma and polygamma, solved by scipy.optimize.brentq; the variance of the logarithms
  // times 1 + 2 * sqrt(2 / 6).
  const freedoms = [2, 2, 2, 2, 1, 3, 2];
  const samples = (variances: readonly number[]) =>
    variances.map((variance, i) => ({ variance, freedom: freedoms[i]! }));

  it('is fitted by the moments of their logarithms', () => {
    const prior = fitNoise(samples([0.2, 0.5, 3, 0.9, 0.05, 2, 0.4]));
    expect(prior.freedom).toBeCloseTo(2.9002749160149666, 8);
    expect(prior.variance).toBeCloseTo(0.6816497513144436, 8);
    expect(prior.pooled).toBe(14);
    const { variance, freedom } = moderate({ variance: 3, freedom: 2 }, prior);
    expect(freedom).toBeCloseTo(4.9002749160149666, 8);
    // (2.9003 * 0.68165 + 2 * 3) / 4.9003
    expect(variance).toBeCloseTo(1.627867, 5);
  });

  it('is less than one says itself where they are of several kinds, and then nothing but of one that says nothing', () => {
    const prior = fitNoise(samples([0.01, 0.5, 20, 2, 0.05, 90, 1]));
    expect(prior.freedom).toBeCloseTo(0.49268059387260377, 8);
    expect(prior.variance).toBeCloseTo(0.10447666223915446, 8);
    expect(moderate({ variance: 20, freedom: 2 }, prior)).toEqual({ variance: 20, freedom: 2 });
    expect(moderate({ variance: 0, freedom: 0 }, prior)).toEqual({ variance: prior.variance, freedom: prior.freedom });
  });

  it('is all that there is to know where they differ by no more than chance, with the freedom of all of them', () => {
    const prior = fitNoise([1, 1.1, 0.9, 1.05, 1, 0.8].map((variance) => ({ variance, freedom: 2 })));
    expect(prior.freedom).toBe(Number.POSITIVE_INFINITY);
    expect(moderate({ variance: 5, freedom: 2 }, prior)).toEqual({ variance: prior.variance, freedom: 12 });
    // Of a sample of one value, too.
    expect(moderate({ variance: 0, freedom: 0 }, prior)).toEqual({ variance: prior.variance, freedom: 12 });
  });

  it('is nothing with fewer than six, which leave a sample what it is', () => {
    const prior = fitNoise([{ variance: 4, freedom: 2 }]);
    expect(prior).toEqual({ variance: 0, freedom: 0, pooled: 2, samples: 1 });
    expect(moderate({ variance: 4, freedom: 2 }, prior)).toEqual({ variance: 4, freedom: 2 });
    expect(moderate({ variance: 0, freedom: 0 }, prior)).toEqual({ variance: 0, freedom: 0 });
  });
});
