import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { syntheticConfig, syntheticOutcome, syntheticRecords } from '../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { planTrials } from '../../plan/plan-trials.js';
import type { ProgressLine } from '../../schema/metrics-line.js';
import type { SweepConfig } from '../../schema/sweep-schema.js';
import type { FullTrialRecord } from '../../schema/trial-record.js';
import type { TrialStatus } from '../../schema/trial-status.js';
import { optunaJournal } from './optuna-journal.js';

const ownPython = fileURLToPath(new URL('../../../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const hasOptuna = spawnSync(python, ['-c', 'import optuna']).status === 0;
const NEEDS = 'needs optuna: python3 -m venv bench/.venv && bench/.venv/bin/pip install optuna';

const epochsOf = (records: readonly FullTrialRecord[]) => (id: string) =>
  records.find(({ trial }) => trial.id === id)!.metrics.filter(({ type }) => type === 'epoch') as ProgressLine[];

const journalOf = (config: SweepConfig, records: readonly FullTrialRecord[]) =>
  [...optunaJournal(config, records, epochsOf(records))].join('');

interface FoundTrial {
  readonly state: string;
  readonly value: number | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly distributions: Readonly<Record<string, string>>;
  readonly user_attrs: Readonly<Record<string, unknown>>;
  readonly intermediate: Readonly<Record<string, number>>;
  readonly start: number | null;
  readonly complete: number | null;
}

interface FoundStudy {
  readonly name: string;
  readonly direction: string;
  readonly metric_names: readonly string[];
  readonly best: string | null;
  readonly importances: Readonly<Record<string, number>>;
  readonly trials: readonly FoundTrial[];
}

/** What Optuna finds in `journal`. */
function loadedByOptuna(journal: string): FoundStudy {
  const path = join(temporaryFolder(), 'journal.log');
  writeFileSync(path, journal);
  const script = fileURLToPath(new URL('../../__fixtures__/read_optuna.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync(python, [script, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as FoundStudy;
}

/** Trials of a config whose outcomes are made up, each with `change`. */
const made = (config: SweepConfig, change: (status: TrialStatus, i: number) => TrialStatus | undefined) =>
  planTrials(config).map((trial, i) => {
    const record = syntheticOutcome(trial);
    const status = change({ ...record.status!, status: 'done', metrics: { accuracy: 0.5 + i / 100, loss: 1 } }, i);
    const { status: _, ...rest } = record;
    return status ? { ...rest, status } : { ...rest, metrics: [] };
  });

describe.skipIf(!hasOptuna)(`a sweep as Optuna's journal, read by Optuna (${NEEDS})`, () => {
  it('is a study with as many trials, the same states, values, parameters and epochs', () => {
    const records = syntheticRecords({ seeds: 2 });
    const { name, direction, metric_names, trials, best, importances } = loadedByOptuna(
      journalOf(syntheticConfig(), records),
    );
    expect({ name, direction, metric_names }).toEqual({
      name: 'synthetic',
      direction: 'MAXIMIZE',
      metric_names: ['accuracy'],
    });
    expect(trials.length).toBe(records.length);
    const states = { done: 'COMPLETE', diverged: 'FAIL' } as Record<string, string>;
    for (const [i, { trial, status, metrics }] of records.entries()) {
      const found = trials[i]!;
      expect(found.state).toBe(states[status!.status]);
      expect(found.value).toBe(status!.status === 'done' ? status!.metrics['accuracy'] : null);
      const { clipFactor, batchSize, model, seed } = trial.config;
      expect(found.params).toEqual({ clipFactor, batchSize, model });
      expect(found.user_attrs).toMatchObject({ id: trial.id, seed, status: status!.status });
      expect(found.intermediate).toEqual(
        Object.fromEntries(
          metrics.flatMap((line) => (line.type === 'epoch' ? [[line.epoch, (line as ProgressLine).accuracy]] : [])),
        ),
      );
      expect(found.start).toBe(Date.parse(status!.startedAt) / 1000);
      expect(found.complete).toBe(Date.parse(status!.endedAt!) / 1000);
    }
    const highest = records.toSorted(
      (a, b) => (b.status!.metrics['accuracy'] ?? 0) - (a.status!.metrics['accuracy'] ?? 0),
    )[0]!;
    expect(best).toBe(highest.trial.id);
    expect(Object.keys(importances).toSorted()).toEqual(['batchSize', 'clipFactor', 'model']);
    const { distributions } = trials[0]!;
    expect(distributions).toEqual({
      batchSize: 'IntDistribution(high=2048, log=True, low=256, step=1)',
      clipFactor: "CategoricalDistribution(choices=(0.01, 0.02, 0.04, 0.08, 0.16, 'off'))",
      model: "CategoricalDistribution(choices=('nf_resnet50', 'resnet50'))",
    });
  });

  it('has trials that wait, run, were pruned, failed or stopped as such, and settings where they count alone', () => {
    const config = tinyConfig(
      'axes.batchSize=256',
      'axes.clipFactor=null',
      'axes.learningRate.base={ logRange: [0.001, 1] }',
      'axes.dropRate={ range: [0.1, 0.5] }',
      'axes.step.name=plain,sam',
      'axes.step.rho=0.05,0.1',
      'when={ step.rho: { step.name: sam } }',
      'method={ name: random, count: 7, seed: 3 }',
    );
    const kinds = ['done', 'running', 'pruned', 'failed', 'preempted', 'diverged', undefined] as const;
    const records = made(config, (status, i) => {
      const kind = kinds[i];
      if (kind === undefined) return undefined;
      const { endedAt, ...begun } = status;
      return kind === 'running'
        ? { ...begun, status: kind, metrics: {} }
        : { ...status, status: kind, reason: 'a "reason"', metrics: kind === 'done' ? status.metrics : {} };
    }).map((record, i) =>
      i === 5
        ? {
            ...record,
            metrics: [
              {
                type: 'epoch',
                epoch: 1,
                step: 4,
                samples: 4,
                seconds: 1,
                loss: Number.NaN,
                accuracy: Number.NaN,
              } as ProgressLine,
            ],
          }
        : record,
    );
    const { trials } = loadedByOptuna(journalOf(config, records));
    expect(trials.map(({ state }) => state)).toEqual([
      'COMPLETE',
      'RUNNING',
      'PRUNED',
      'FAIL',
      'WAITING',
      'FAIL',
      'WAITING',
    ]);
    // Of a pruned one the last that its epochs measured.
    expect(trials[2]!.value).toBe(
      (records[2]!.metrics.findLast(({ type }) => type === 'epoch') as ProgressLine | undefined)?.accuracy ?? null,
    );
    expect(trials[3]!.user_attrs['reason']).toBe('a "reason"');
    expect(trials[5]!.intermediate).toEqual({ 1: 'nan' });
    expect(trials.at(-1)!.start).toBeNull();
    for (const [i, { trial }] of records.entries()) {
      const { learningRate, dropRate, step } = trial.config;
      expect(trials[i]!.params).toEqual({
        'learningRate.base': learningRate.base,
        dropRate,
        'step.name': step?.name ?? 'plain',
        ...(step?.name === 'sam' ? { 'step.rho': step.rho } : {}),
      });
    }
    expect(trials[0]!.distributions).toMatchObject({
      'learningRate.base': 'FloatDistribution(high=1.0, log=True, low=0.001, step=None)',
      dropRate: 'FloatDistribution(high=0.5, log=False, low=0.1, step=None)',
      'step.name': "CategoricalDistribution(choices=('sam', 'plain'))",
    });
  });

  it('is a study of the loss where no trial has an accuracy', () => {
    const config = tinyConfig('axes.batchSize=256,512', 'axes.clipFactor=off');
    const records = made(config, (status, i) => ({ ...status, metrics: { loss: 2 - i } }));
    const { direction, metric_names, best } = loadedByOptuna(journalOf(config, records));
    expect({ direction, metric_names }).toEqual({ direction: 'MINIMIZE', metric_names: ['loss'] });
    expect(best).toBe(records[1]!.trial.id);
  });
});

it('a journal has a line for the study, what it measures, and each trial', () => {
  const config = tinyConfig('axes.batchSize=256', 'axes.clipFactor=off,0.04');
  const records = made(config, (status) => status);
  const lines = journalOf(config, records)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ op_code }) => op_code)).toEqual([0, 3, 4, 4]);
  expect(lines[2]).toMatchObject({ state: 1, params: { clipFactor: 1 }, value: 0.5 });
  expect(lines[3]).toMatchObject({ state: 1, params: { clipFactor: 0 }, value: 0.51 });
});
