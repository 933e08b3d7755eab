import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { planTrials } from '../../plan/plan-trials.js';
import type { FullTrialRecord } from '../../schema/trial-record.js';
import type { TrialConfig } from '../../schema/trial-schema.js';
import { figureData } from '../figures/figure-data.js';
import { optunaJournal } from '../optuna/optuna-journal.js';
import { importanceLines } from './importance-lines.js';

const ownPython = fileURLToPath(new URL('../../../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const hasOptuna = spawnSync(python, ['-c', 'import optuna']).status === 0;
const NEEDS = 'needs optuna: python3 -m venv bench/.venv && bench/.venv/bin/pip install optuna';

/** Trials of a config with these accuracies; those of undefined diverged. */
function sweep(settings: readonly string[], accuracyOf: (config: TrialConfig) => number | undefined) {
  const config = tinyConfig('axes.clipFactor=null', ...settings);
  const records = planTrials(config).map((trial): FullTrialRecord => {
    const accuracy = accuracyOf(trial.config);
    const common = { step: 8, startedAt: '2026-01-01T00:00:00Z' };
    return {
      trial,
      status:
        accuracy === undefined
          ? { ...common, status: 'diverged', reason: 'lost', metrics: {} }
          : { ...common, status: 'done', metrics: { accuracy } },
      metrics: [],
    };
  });
  return { config, records, importance: figureData(records).importance };
}

const GRID = ['axes.batchSize=256,512', 'axes.momentum=0.7,0.8,0.9'];

describe('the importance of axes', () => {
  it('is of a full grid the variance that each explains, and what only both explain', () => {
    // Batch: 0 or 0.2, variance 0.01; momentum 0, 0.03, 0.06: variance 0.0006.
    const { importance } = sweep(
      GRID,
      ({ batchSize, momentum }) => 0.2 * (batchSize / 256 - 1) + 0.3 * (momentum - 0.7),
    );
    expect(importance).toMatchObject({ method: 'anova', trials: 6, diverged: 0 });
    expect(importance!.axes.map(({ path }) => path)).toEqual(['batchSize', 'momentum']);
    expect(importance!.axes[0]!.share).toBeCloseTo(0.01 / 0.0106, 10);
    expect(importance!.axes[1]!.share).toBeCloseTo(0.0006 / 0.0106, 10);
    expect(importance!.interactions!.share).toBeCloseTo(0, 10);
    // One seed has no resamples.
    expect(importance!.axes[0]).not.toHaveProperty('interval');
    expect(importance).not.toHaveProperty('resampled');
  });

  it('has intervals by resampled seeds, from three on, that are as wide as seeds differ', () => {
    const noise = [0, 0.01, -0.02, 0.03];
    const { importance } = sweep(
      ['axes.batchSize=256,512', 'axes.momentum=0.7,0.9', 'seeds=4'],
      ({ batchSize, momentum, seed }) => 0.5 + (batchSize === 512 ? 0.1 : 0) + (momentum > 0.8 ? noise[seed - 1]! : 0),
    );
    expect(importance).toMatchObject({ resampled: 'seeds', trials: 16 });
    const [batch, momentum] = importance!.axes;
    expect([batch!.path, momentum!.path]).toEqual(['batchSize', 'momentum']);
    // The mean of the noise, 0.005, against 0.1; a draw of four seeds has one of -0.02 to 0.03.
    expect(momentum!.share).toBeCloseTo(0.005 ** 2 / (0.005 ** 2 + 0.1 ** 2), 10);
    const most = 0.03 ** 2 / (0.03 ** 2 + 0.1 ** 2);
    expect(momentum!.interval![0]).toBeGreaterThanOrEqual(0);
    expect(momentum!.interval![0]).toBeLessThan(momentum!.share);
    expect(momentum!.interval![1]).toBeGreaterThan(momentum!.share);
    expect(momentum!.interval![1]).toBeLessThanOrEqual(most + 1e-12);
    expect(batch!.interval![0]).toBeCloseTo(1 - momentum!.interval![1], 10);
  });

  it('counts what diverged as accuracy 0 in a grid, and says so', () => {
    const { importance } = sweep(GRID, ({ batchSize }) => (batchSize === 512 ? undefined : 0.9));
    expect(importance).toMatchObject({
      diverged: 3,
      axes: [
        { path: 'batchSize', share: expect.closeTo(1, 10) },
        { path: 'momentum', share: 0 },
      ],
    });
    expect(importanceLines(importance)[0]).toContain('6 trials, 3 that diverged as accuracy 0');
  });

  it('finds of a random search the axis that matters, by the best trials, and is sure of it', () => {
    const random = [
      'axes.learningRate.base={ logRange: [0.001, 1] }',
      'axes.dropRate={ range: [0.1, 0.5] }',
      'axes.batchSize=256',
    ];
    const { importance } = sweep(
      [...random, 'method={ name: random, count: 60, seed: 4 }'],
      ({ learningRate, dropRate }) =>
        learningRate.base! > 0.5
          ? undefined
          : 0.9 - 0.1 * (Math.log10(learningRate.base!) + 1) ** 2 - 0.001 * dropRate!,
    );
    expect(importance).toMatchObject({ method: 'ped-anova', quantile: 0.1, trials: 60, resampled: 'combinations' });
    const [rate, drop] = importance!.axes;
    expect([rate!.path, drop!.path]).toEqual(['learningRate.base', 'dropRate']);
    expect(rate!.share + drop!.share).toBeCloseTo(1, 10);
    expect(rate!.interval![0]).toBeGreaterThan(drop!.interval![1]);
    expect(importanceLines(importance).join('\n')).toMatch(/PED-ANOVA; 60 trials, \d+ that diverged behind the others/);
  });

  it('takes more than a tenth of few trials for the best', () => {
    const random = [
      'axes.learningRate.base={ logRange: [0.001, 1] }',
      'axes.dropRate={ range: [0.1, 0.5] }',
      'axes.batchSize=256',
    ];
    const of = (count: number) =>
      sweep([...random, `method={ name: random, count: ${count}, seed: 4 }`], ({ dropRate }) => dropRate).importance;
    expect(of(20)!.quantile).toBe(0.25);
    expect(of(4)!.quantile).toBe(0.5);
    expect(of(4)).not.toHaveProperty('resampled');
  });

  it('is nothing of one axis value, and of one trial that ended', () => {
    expect(sweep(['axes.batchSize=256'], () => 0.5).importance).toBeUndefined();
    expect(importanceLines(undefined)).toEqual([]);
  });
});

describe.skipIf(!hasOptuna)(`the importance of axes beside Optuna's (${NEEDS})`, () => {
  it('is that of its PED-ANOVA for the journal of the same sweep', () => {
    const { config, records, importance } = sweep(
      [
        'axes.batchSize=[128, 256, 512, 1024]',
        'axes.learningRate.base={ logRange: [0.001, 1] }',
        'axes.optimizer=sgd,adamw,lamb',
        'method={ name: random, count: 80, seed: 2 }',
      ],
      ({ learningRate, optimizer, batchSize, seed }) =>
        0.8 -
        0.1 * (Math.log10(learningRate.base!) + 1.3) ** 2 -
        (optimizer === 'lamb' ? 0.1 : 0) +
        0.01 * Math.sin(seed + 100 * learningRate.base! + batchSize),
    );
    // The ends of what was tried, as here: those of the config are its own.
    const journal = join(temporaryFolder(), 'journal.log');
    writeFileSync(journal, [...optunaJournal({ ...config, axes: {} }, records, () => [])].join(''));
    const script = fileURLToPath(new URL('../../__fixtures__/read_optuna.py', import.meta.url));
    const { stdout, stderr } = spawnSync(python, [script, journal], { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    const { importances } = JSON.parse(stdout) as { importances: Record<string, number> };
    const total = Object.values(importances).reduce((sum, each) => sum + each, 0);
    expect(importance!.axes.length).toBe(3);
    for (const { path, share } of importance!.axes) expect(share, path).toBeCloseTo(importances[path]! / total, 8);
  });
});
