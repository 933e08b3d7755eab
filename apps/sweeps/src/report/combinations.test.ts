import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { combinationKey, combinationOf } from '../plan/combinations.js';
import { planTrials } from '../plan/plan-trials.js';
import { keysOfSeed } from '../plan/trial-references.js';
import type { FullTrialRecord } from '../schema/trial-record.js';
import { diagnoseCombinations } from './clipping/diagnose-combinations.js';
import { compareSweeps } from './compare/compare-sweeps.js';
import { figureData } from './figures/figure-data.js';
import { nameOfBest, summarize } from './summarize.js';
import { cellsOf } from './verdict/cells.js';

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the sweep's own
const FOLLOWS = 'trial.dataset.splitSeed=${trial.seed}';

/** Two combinations with two seeds each, whose split follows the seed: the first has the better seed, the second the better mean. */
function seededSweep(...settings: string[]) {
  const config = tinyConfig('axes.batchSize=256', 'axes.clipFactor=0.01,0.04', 'seeds=2', FOLLOWS, ...settings);
  const accuracies = new Map([
    ['0.01 1', 0.9],
    ['0.01 2', 0.7],
    ['0.04 1', 0.84],
    ['0.04 2', 0.82],
  ]);
  const records = planTrials(config).map(
    (trial): FullTrialRecord => ({
      trial,
      status: {
        status: 'done',
        step: 8,
        metrics: { accuracy: accuracies.get(`${trial.config.clipFactor} ${trial.config.seed}`)! },
        startedAt: '2026-01-01T00:00:00Z',
      },
      metrics: [{ type: 'clip', step: 1, seconds: 1, layers: { stem: 0.5 } }],
    }),
  );
  return { records, ofSeed: keysOfSeed(config.references) };
}

it('what follows from the seed tells no combinations apart: of the best, figures, clipping, comparisons and verdicts', async () => {
  const { records, ofSeed } = seededSweep();
  expect(new Set(records.map(({ trial }) => trial.config.dataset.splitSeed))).toEqual(new Set([1, 2]));
  const summary = summarize('x', records, ofSeed);
  expect(summary.best).toMatchObject({ done: 2, trials: [records[2]!.trial.id, records[3]!.trial.id] });
  expect(summary.best!.accuracy).toBeCloseTo(0.83, 12);
  expect(nameOfBest(summary)).toBe('clip 0.04');
  const { points, axes, seeds } = figureData(records, ofSeed);
  expect([points.length, seeds, axes.map(({ path }) => path)]).toEqual([2, 2, ['clipFactor']]);
  expect((await diagnoseCombinations(records, ofSeed)).map(({ ended }) => ended)).toEqual([2, 2]);
  const cells = cellsOf(records, ofSeed);
  expect(cells.map(({ trials }) => trials.length)).toEqual([2, 2]);
  const other = seededSweep('trial.momentum=0.8').records;
  const { rows, treatment, alone } = compareSweeps(records, other, ofSeed);
  expect(treatment.map(({ path }) => path)).toEqual(['momentum']);
  expect(rows.map(({ pairs }) => pairs)).toEqual([2, 2]);
  expect(alone).toEqual({ a: 0, b: 0 });
  // Each of them by one function.
  const keys = new Set(records.map(({ trial }) => combinationKey(combinationOf(trial.config, ofSeed))));
  expect(keys.size).toBe(2);
});

it('where the images lie is no part of a combination', () => {
  const [one] = planTrials(tinyConfig('axes.batchSize=256', 'axes.clipFactor=0.01'));
  const elsewhere = { ...one!.config, dataset: { ...one!.config.dataset, path: '/elsewhere' } };
  expect(combinationOf(elsewhere)).toEqual(combinationOf(one!.config));
});
