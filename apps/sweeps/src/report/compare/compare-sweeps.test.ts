import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { syntheticRecords } from '../../__fixtures__/synthetic-sweep.js';
import { planTrials } from '../../plan/plan-trials.js';
import type { TrialRecord } from '../../schema/trial-record.js';
import type { TrialStatus } from '../../schema/trial-status.js';
import { paperSpec } from '../figures/figure.js';
import { renderSvg } from '../render-figure.js';
import { compareSweeps, valuesApart } from './compare-sweeps.js';
import { comparisonFigure } from './comparison-figure.js';
import { comparisonLines } from './comparison-lines.js';

/** Trials of clip factors off and 0.01 with seeds 1 and 2, at a batch of 256, with these accuracies; NaN diverged. */
function records(accuracies: readonly number[], ...settings: string[]): TrialRecord[] {
  const trials = [1, 2].flatMap((seed) =>
    planTrials(tinyConfig('axes.batchSize=256', `trial.seed=${seed}`, ...settings)),
  );
  return trials.map((trial, i) => ({ trial, status: statusOf(accuracies[i]!) }));
}
function statusOf(accuracy: number): TrialStatus {
  const common = { step: 8, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:00Z' };
  return Number.isNaN(accuracy)
    ? { status: 'diverged', metrics: { accuracy: 0.9 }, ...common }
    : { status: 'done', metrics: { accuracy }, ...common };
}

// Order: seed 1 off, seed 1 0.01, seed 2 off, seed 2 0.01.
const before = records([0.9, 0.92, 0.91, 0.9]);
const after = records([Number.NaN, 0.94, 0.92, 0.93], 'trial.momentum=0.8');

describe('compareSweeps', () => {
  it('pairs what has the same config and seed, but for what each sweep has throughout', () => {
    const comparison = compareSweeps(before, after);
    expect(comparison.treatment).toEqual([{ path: 'momentum', a: 0.9, b: 0.8 }]);
    expect(comparison.axes.map(({ path }) => path)).toEqual(['clipFactor']);
    expect(comparison).toMatchObject({ alone: { a: 0, b: 0 }, divergedOnly: { a: 0, b: 1 } });
    const [off, clipped] = comparison.rows;
    // Seed 2 alone trained in both: 92 - 91.
    expect(off).toMatchObject({ pairs: 1, a: { done: 2, diverged: 0 }, b: { done: 1, diverged: 1, trials: 2 } });
    expect(off!.difference).toBeCloseTo(1, 10);
    // 94 - 92 = 2 and 93 - 90 = 3: mean 2.5, sd sqrt(0.5).
    expect(clipped!.difference).toBeCloseTo(2.5, 10);
    expect(clipped!.sd).toBeCloseTo(Math.sqrt(0.5), 10);
    // (1 + 2.5) / 2. Of the row with both seeds they are 0.5 off its mean: a standard error of 0.5, times t = 12.7062.
    expect(comparison.overall).toMatchObject({ rows: 2, seeds: 2 });
    expect(comparison.overall!.mean).toBeCloseTo(1.75, 10);
    expect(comparison.overall!.interval![0]).toBeCloseTo(1.75 - 6.3531, 4);
    expect(comparison.overall!.interval![1]).toBeCloseTo(1.75 + 6.3531, 4);
  });

  it('leaves out what has no partner, and is all zeros for a sweep and itself', () => {
    expect(compareSweeps(before, after.slice(0, 3)).alone).toEqual({ a: 1, b: 0 });
    const itself = compareSweeps(before, before);
    expect(itself.treatment).toEqual([]);
    expect(itself.overall).toEqual({ mean: 0, interval: [0, 0], rows: 2, seeds: 2 });
    expect(compareSweeps(before.slice(0, 2), after.slice(0, 2)).overall!.interval).toBeUndefined();
    const noNumbers = compareSweeps(before, records([Infinity, Infinity, Infinity, Infinity]));
    expect(noNumbers.overall).toBeUndefined();
    const none = compareSweeps(before, records([0.9, 0.9, 0.9, 0.9], 'axes.batchSize=512,1024'));
    expect(none.rows).toEqual([]);
    expect(none.overall).toBeUndefined();
  });
});

describe('what keeps two sweeps apart', () => {
  it('is told by key', () => {
    const other = records([0.9, 0.9, 0.9, 0.9], 'axes.batchSize=512,1024', 'trial.momentum=0.8');
    expect(valuesApart(before, other)).toEqual(['batchSize: 256 in A, 512 or 1024 in B']);
    expect(valuesApart(before, after)).toEqual([]);
  });
});

describe('the comparison as text', () => {
  it('has a line for each combination, and one for all', () => {
    expect(comparisonLines(compareSweeps(before, after), ['runs/one', 'runs/two'])).toEqual([
      'A  runs/one',
      'B  runs/two',
      '   momentum: 0.9 in A, 0.8 in B',
      '',
      'clip  A acc %              B acc %    B - A ± sd  pairs',
      ' off     90.5  92.0 (1/2 diverged)         +1.00      1',
      '0.01     91.0                 93.5  +2.50 ± 0.71      2',
      '',
      'B - A over 2 combinations: +1.75 points [-4.60, +8.10] (95 %, t over 2 seeds)',
      'Diverged in one of a pair only: 0 in A, 1 in B.',
    ]);
  });
});

describe('the figure of a comparison', () => {
  it('has a row for each combination with a difference', async () => {
    const all = syntheticRecords({ hasBaseline: false });
    const worse = all.map(({ trial, status }) => ({
      trial: { ...trial, config: { ...trial.config, momentum: 0.5 } },
      status: { ...status!, metrics: { accuracy: (status!.metrics['accuracy'] ?? 0) - 0.01 } },
    }));
    const comparison = compareSweeps(all, worse);
    expect(comparison.overall!.mean).toBeCloseTo(-1, 6);
    const figure = comparisonFigure(comparison, ['one', 'two']);
    if ('reason' in figure) throw new Error(figure.reason);
    const svg = await renderSvg(paperSpec(figure));
    expect(svg).toContain('clip 0.01, batch 256');
    expect(svg).toContain('difference in test accuracy (points)');
    expect(svg).toContain('two against one');
  });

  it('has room for each row, however few', async () => {
    const figure = comparisonFigure(compareSweeps(before, after), ['one', 'two']);
    if ('reason' in figure) throw new Error(figure.reason);
    const svg = await renderSvg(paperSpec(figure));
    const rows = [...svg.matchAll(/translate\(-?[\d.]+,(-?[\d.]+)\)[^>]*>clip (?:off|0)/g)].map(([, y]) => Number(y));
    expect(rows).toHaveLength(2);
    expect(Math.abs(rows[1]! - rows[0]!)).toBe(15);
  });

  it('is left out when nothing trained in both', () => {
    const never = records([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(comparisonFigure(compareSweeps(before, never), ['one', 'two'])).toEqual({
      name: 'compare',
      reason: 'no combination trained to the end in both sweeps',
    });
  });
});
