import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../statistics/mulberry32.js';
import { type FrontierTrial, firthLogistic, fitFrontier } from './fit-frontier.js';

const LATTICE = [0.01, 0.02, 0.04, 0.08, 0.16];
const BATCHES = [256, 512, 1024, 2048, 4096];

/** Trials of `seeds` seeds whose frontier is λ = at512 * (512 / B)^power, with odds that change by `slope` per octave. */
function trials({ seeds = 3, at512 = 0.08, power = 1, slope = 3 } = {}): FrontierTrial[] {
  const random = mulberry32(7);
  return LATTICE.flatMap((clipFactor) =>
    BATCHES.flatMap((batchSize) =>
      Array.from({ length: seeds }, (_, seed) => {
        const margin = Math.log2(clipFactor / at512) + power * Math.log2(batchSize / 512);
        return { clipFactor, batchSize, seed, hasDiverged: random() < 1 / (1 + Math.exp(-slope * margin)) };
      }),
    ),
  );
}

describe('firthLogistic', () => {
  it('is the logarithm of the corrected odds where there is only an intercept', () => {
    // Firth's estimate of a proportion adds half a success and half a failure: (3 + 1/2) / (1 + 1/2).
    const rows = [1, 1, 1, 0].map((y) => ({ x: [1, 0, 0] as const, y }));
    expect(firthLogistic(rows, [1, 1, 1, 1])[0]).toBeCloseTo(Math.log(3.5 / 1.5), 9);
    // And where all are successes: (4 + 1/2) / (1/2).
    const all = rows.map(({ x }) => ({ x, y: 1 }));
    expect(firthLogistic(all, [1, 1, 1, 1])[0]).toBeCloseTo(Math.log(9), 9);
    // A weight of two is the row twice.
    expect(firthLogistic(rows, [2, 1, 1, 1])[0]).toBeCloseTo(Math.log(4.5 / 1.5), 9);
  });

  it('gives the corrected log odds ratio of a table', () => {
    // With one binary column the model is saturated: Firth adds 1/2 to each of the four counts.
    const cell = (column: number, y: number, count: number) =>
      Array.from({ length: count }, () => ({ x: [1, column, 0] as const, y }));
    const rows = [...cell(0, 0, 5), ...cell(0, 1, 0), ...cell(1, 0, 2), ...cell(1, 1, 4)];
    const [intercept, slope] = firthLogistic(
      rows,
      rows.map(() => 1),
    );
    expect(intercept).toBeCloseTo(Math.log(0.5 / 5.5), 7);
    expect(slope).toBeCloseTo(Math.log(4.5 / 2.5) - Math.log(0.5 / 5.5), 7);
  });
});

describe('fitFrontier', () => {
  it('finds the frontier that made the trials, inside its interval', () => {
    const frontier = fitFrontier(trials({ seeds: 8 }))!;
    expect(frontier.resamples).toBe(400);
    for (const batchSize of [512, 1024, 2048]) {
      const { clipFactor, low, high } = frontier.at(batchSize);
      const truth = 0.08 * (512 / batchSize);
      expect(Math.abs(Math.log2(clipFactor / truth))).toBeLessThan(0.5);
      expect(low).toBeLessThanOrEqual(clipFactor);
      expect(high).toBeGreaterThanOrEqual(clipFactor);
    }
    expect(frontier.exponent.value).toBeCloseTo(-1, 0);
    expect(frontier.exponent.low).toBeLessThan(frontier.exponent.value);
    expect(frontier.exponent.high).toBeGreaterThan(frontier.exponent.value);
  });

  it('lies between the trials where a line parts them without error', () => {
    const parted = trials({ slope: 1e9, at512: 0.06 });
    const { at } = fitFrontier(parted)!;
    // At 1024 the frontier is 0.03: 0.02 trains and 0.04 does not.
    expect(at(1024).clipFactor).toBeGreaterThan(0.02);
    expect(at(1024).clipFactor).toBeLessThan(0.04);
  });

  it('has no interval with one seed, and no exponent with one batch size', () => {
    const one = fitFrontier(trials({ seeds: 1 }))!;
    expect(one.resamples).toBe(0);
    expect(one.at(512).low).toBeNaN();
    const column = fitFrontier(trials({ seeds: 8 }).filter(({ batchSize }) => batchSize === 1024))!;
    expect(column.exponent.value).toBeNaN();
    expect(Math.abs(Math.log2(column.at(1024).clipFactor / 0.04))).toBeLessThan(0.6);
  });

  it('is absent when all or none diverged, or larger clip factors are safer', () => {
    const all = trials().map((trial) => ({ ...trial, hasDiverged: true }));
    expect(fitFrontier(all)).toBeUndefined();
    expect(fitFrontier(all.map((trial) => ({ ...trial, hasDiverged: false })))).toBeUndefined();
    expect(fitFrontier(trials().map((trial) => ({ ...trial, hasDiverged: !trial.hasDiverged })))).toBeUndefined();
  });

  it('is the same whenever it is fitted', () => {
    expect(fitFrontier(trials())!.exponent).toEqual(fitFrontier(trials())!.exponent);
  });
});
