import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { varianceShares } from './factorial-anova.js';
import { normalCdf } from './normal.js';
import { type Parameter, pedAnova } from './ped-anova.js';

interface Case {
  readonly quantile: number;
  readonly trials: readonly { readonly params: Readonly<Record<string, number | string>>; readonly value: number }[];
  readonly importances: Readonly<Record<string, number>>;
}

// By `tools/reference/ped_anova.py`, with Optuna 5.0.0.
const CASES = JSON.parse(readFileSync(new URL('__fixtures__/ped-anova.json', import.meta.url), 'utf8')) as Case[];
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  rate: { low: 1e-3, high: 1, log: true },
  momentum: { low: 0.5, high: 0.99, log: false },
  batch: { low: 16, high: 4096, log: true, step: 1 },
  epochs: { low: 1, high: 9, log: false, step: 1 },
  rule: { choices: 3 },
  rho: { low: 0, high: 0.5, log: false },
};

describe('PED-ANOVA', () => {
  it.each(CASES)(
    "has Optuna's importances of trials with numbers, choices and conditions, at quantile $quantile",
    (each) => {
      const names = Object.keys(PARAMETERS);
      const observations = each.trials.map(({ params, value }) => ({
        at: names.map((name) => (name === 'rule' ? 'abc'.indexOf(String(params[name])) : (params[name] as number))),
        value,
      }));
      const found = pedAnova(Object.values(PARAMETERS), observations, each.quantile);
      for (const [i, name] of names.entries()) expect(found[i], name).toBeCloseTo(each.importances[name] ?? 0, 9);
      expect(Math.max(...found)).toBeGreaterThan(1e-3);
    },
  );

  it('is 0 of a parameter with one value, and of too few trials', () => {
    const one: Parameter = { low: 1, high: 1, log: false };
    const observations = [1, 2, 3].map((value) => ({ at: [1], value }));
    expect(pedAnova([one], observations)).toEqual([0]);
    expect(pedAnova([{ choices: 2 }], [{ at: [0], value: 1 }])).toEqual([0]);
  });

  it('puts a value of minus infinity behind all others', () => {
    const parameter: Parameter = { choices: 2 };
    const observations = [
      { at: [0], value: 0.5 },
      { at: [0], value: 0.4 },
      { at: [1], value: Number.NEGATIVE_INFINITY },
      { at: [1], value: Number.NEGATIVE_INFINITY },
    ];
    // Best half: [5/6... of choice 0 against even odds in all: kernels (2 + 1/2)/3, (1/2)/3 and a prior, of two trials of choice 0.
    const best = [(2 * ((1 + 1 / 2) / 2) + 1 / 2) / 3, (2 * (1 / 2 / 2) + 1 / 2) / 3];
    const expected = 0.5 ** 2 * best.reduce((sum, p) => sum + 0.5 * (p / 0.5 - 1) ** 2, 0);
    expect(pedAnova([parameter], observations, 0.5)[0]).toBeCloseTo(expected, 9);
  });
});

describe('the functional ANOVA of a full grid', () => {
  it('is of y = 3a + b, without an interaction, the variances of 3a and of b', () => {
    // a in {0, 1}: variance 9/4; b in {0, 1, 2}: 2/3.
    const { main, interactions } = varianceShares([2, 3], ([a, b]) => 3 * a! + b!);
    expect(main[0]).toBeCloseTo(9 / 4 / (9 / 4 + 2 / 3), 12);
    expect(main[1]).toBeCloseTo(2 / 3 / (9 / 4 + 2 / 3), 12);
    expect(interactions).toBeCloseTo(0, 12);
  });

  it('is of y = ab of signs an interaction alone, and nothing where all are equal', () => {
    const product = varianceShares([2, 2], ([a, b]) => (2 * a! - 1) * (2 * b! - 1));
    expect(product).toEqual({ main: [0, 0], interactions: 1 });
    expect(varianceShares([2, 2], () => 0.1)).toEqual({ main: [0, 0], interactions: 0 });
  });

  it('has all of one axis alone', () => {
    expect(varianceShares([4], ([a]) => a! ** 2).main[0]).toBeCloseTo(1, 12);
  });
});

// Abramowitz and Stegun, table 26.1; 8 standard deviations by its asymptotic series.
it.each([
  [0, 0.5],
  [1, 0.841344746068543],
  [-1.96, 0.0249978951482204],
  [2.5, 0.993790334674224],
  [-3, 0.00134989803163009],
  [-8, 6.22096057427178e-16],
  [40, 1],
])('a standard normal number is at most %d with a chance of %d', (x, chance) => {
  expect(normalCdf(x) / chance).toBeCloseTo(1, 13);
});
