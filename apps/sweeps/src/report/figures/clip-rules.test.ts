import { expect, it } from 'vitest';
import { syntheticRecords } from '../../__fixtures__/synthetic-sweep.js';
import type { Clip, FullTrialRecord } from '../../schema/index.js';
import { clipRules } from './clip-rules.js';
import { compareRules } from './compare-rules.js';
import { figureData } from './figure-data.js';
import { PAPER } from './figure-theme.js';
import { heatmap } from './heatmap.js';
import { ruleMaps } from './rule-maps.js';

/** Trials of one seed at one batch size, by rule and threshold, with their accuracies; 'diverged' did. */
function recordsOf(cells: readonly [clip: Clip | 'off', end: number | 'diverged'][]): FullTrialRecord[] {
  const [record] = syntheticRecords({ clipFactors: [0.04], batchSizes: [256], seeds: 1, hasBaseline: false });
  return cells.map(([clip, end], i) => {
    const { clipFactor: _, ...config } = record!.trial.config;
    const { status: _s, metrics, ...rest } = record!.status!;
    const ended =
      end === 'diverged'
        ? { status: 'diverged' as const, metrics }
        : { status: 'done' as const, metrics: { accuracy: end } };
    return {
      ...record!,
      trial: {
        ...record!.trial,
        id: `${i}`,
        config: { ...config, ...(clip === 'off' ? { clipFactor: 'off' as const } : { clip, clipFactor: 0.01 }) },
      },
      status: { ...rest, ...ended },
    };
  });
}

const cells: [Clip | 'off', number | 'diverged'][] = [
  ['off', 0.7],
  [{ rule: 'adagc', factor: 1.05 }, 0.8],
  [{ rule: 'adagc', factor: 1.2 }, 0.795],
  [{ rule: 'adagc', factor: 2 }, 0.78],
  [{ rule: 'value', maxValue: 0.1 }, 0.6],
  [{ rule: 'value', maxValue: 1 }, 'diverged'],
];

it('takes the best threshold of each rule, and counts those within a point of it', () => {
  const compared = compareRules(figureData(recordsOf(cells)));
  expect(compared.map(({ rule, threshold, best, tried, near }) => [rule, threshold, best?.mean, tried, near])).toEqual([
    ['adagc', 1.05, 80, 3, [1.05, 1.2]],
    ['off', undefined, 70, 1, [undefined]],
    ['value', 0.1, 60, 2, [0.1]],
  ]);
});

it('draws a panel for each rule, and nothing of a sweep of one', () => {
  const figure = clipRules(figureData(recordsOf(cells)))!;
  expect('draw' in figure && figure.title).toBe('Clipping rules at their best thresholds');
  expect(clipRules(figureData(syntheticRecords({ hasBaseline: false })))).toBeUndefined();
  expect(
    clipRules(
      figureData(
        recordsOf([
          [{ rule: 'value', maxValue: 1 }, 'diverged'],
          ['off', 'diverged'],
        ]),
      ),
    ),
  ).toEqual({
    name: 'rules',
    reason: 'no trial of a clipping rule is done',
  });
});

it('draws the map of each rule, its thresholds down and batch sizes across, the best of a batch size framed', () => {
  const data = figureData(recordsOf(cells));
  expect(heatmap(data)).toMatchObject({ name: 'heatmap', reason: expect.stringContaining('rule-maps') });
  const figure = ruleMaps(data)!;
  if (!('draw' in figure)) throw new Error(figure.reason);
  const { concat } = figure.draw(PAPER) as {
    concat: {
      title: { text: string };
      data: { values: { row: string; column: string; first: string; kind: string; isBest: boolean }[] };
    }[];
  };
  const shown = concat.map(({ title, data: { values } }) => [
    title.text,
    ...values.map(
      ({ row, column, first, kind, isBest }) => `${row} ${column} ${first || kind}${isBest ? ' best' : ''}`,
    ),
  ]);
  expect(shown).toEqual([
    ['no clipping', '- 256 70.0'],
    ['adagc', '1.05 256 80.0 best', '1.2 256 79.5', '2 256 78.0'],
    ['value', '0.1 256 60.0', '1 256 diverged'],
  ]);
  expect(ruleMaps(figureData(syntheticRecords({ hasBaseline: false })))).toBeUndefined();
});
