import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawBelow, drawBeta, drawNormal } from './draws.js';
import { cosSin, expOf, logOf } from './portable-math.js';
import { seededRandom } from './seeded-random.js';

const sampled = (draw: () => number, count = 40_000) => {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((a, b) => a + b) / count;
  return { values, mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count };
};

describe('portable functions', () => {
  it('agree with the engine’s to a few units of the last place', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(logOf(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))));
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expect(Math.abs(expOf(x) / Math.exp(x) - 1)).toBeLessThan(4e-15);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: -720, max: 720, noNaN: true }), (degrees) => {
        const [cos, sin] = cosSin(degrees);
        expect(Math.abs(cos - Math.cos((degrees * Math.PI) / 180))).toBeLessThan(5e-15);
        expect(Math.abs(sin - Math.sin((degrees * Math.PI) / 180))).toBeLessThan(5e-15);
      }),
    );
  });

  it('are exact at quarter turns and at the ends', () => {
    expect([0, 90, 180, 270, -90].map((degrees) => cosSin(degrees).map((x) => x + 0))).toEqual([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
      [0, -1],
    ]);
    expect([logOf(1), expOf(0), expOf(-800), expOf(800)]).toEqual([0, 1, 0, Number.POSITIVE_INFINITY]);
  });
});

it('draws whole numbers below a count, the last one too', () => {
  expect([0, 0.24, 0.25, 0.999999].map((u) => drawBelow(4, () => u))).toEqual([0, 0, 1, 3]);
});

it('draws normal numbers', () => {
  const random = mulberry32(1);
  const { mean, variance } = sampled(() => drawNormal(random));
  // Standard errors: 1 / 200, and sqrt(2 / 40000) = 0.007.
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});

describe('drawBeta', () => {
  // Of Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1)); the fourth central moment is 3 v^2 (2 a + 1) / (2 a + 3).
  it.each([0.05, 0.2, 0.4, 1, 1.5, 4, 30])('has the moments of Beta(%d, %d)', (alpha) => {
    const random = mulberry32(Math.round(alpha * 100));
    const { values, mean, variance } = sampled(() => drawBeta(alpha, random));
    const expected = 1 / (4 * (2 * alpha + 1));
    const fourth = values.reduce((sum, x) => sum + (x - 0.5) ** 4, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / values.length));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.04);
    expect(Math.abs(fourth / ((3 * expected ** 2 * (2 * alpha + 1)) / (2 * alpha + 3)) - 1)).toBeLessThan(0.08);
    expect(values.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  it('is uniform for alpha 1', () => {
    const random = mulberry32(3);
    const { values } = sampled(() => drawBeta(1, random), 20_000);
    for (const level of [0.1, 0.25, 0.5, 0.75, 0.9]) {
      expect(Math.abs(values.filter((x) => x < level).length / values.length - level)).toBeLessThan(0.015);
    }
  });

  it('refuses an alpha that is not positive', () => {
    expect(() => drawBeta(0, Math.random)).toThrow('drawBeta: `alpha` must be > 0, got 0.');
  });
});

it('draws the published stream of a seed', () => {
  // mulberry32 of the FNV-1a hash of "input", whose first numbers any language can check.
  const random = seededRandom(0xf9d86f7b);
  expect([random(), random(), random()].map((u) => u.toFixed(8))).toEqual(['0.98036012', '0.79236961', '0.62917011']);
});
