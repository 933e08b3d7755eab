import { planTrials } from '../plan/plan-trials.js';
import type { SweepConfig } from '../schema/sweep-schema.js';
import type { Trial } from '../schema/trial.js';
import type { FullTrialRecord } from '../schema/trial-record.js';
import { tinyConfig } from './quick-config.js';
import { writeSyntheticRun } from './synthetic-sweep.js';

/** Accuracy in percent of a trial; NaN of one that diverged, undefined of one that has not run. */
export type AccuracyOf = (config: Trial['config']) => number | undefined;

/** What is known of the trials of `config` where their accuracies are `accuracyOf`. */
export function seededRecords(config: SweepConfig, accuracyOf: AccuracyOf): FullTrialRecord[] {
  return planTrials(config).map((trial) => {
    const accuracy = accuracyOf(trial.config);
    if (accuracy === undefined) return { trial, metrics: [] };
    const common = { step: 8, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:00Z' };
    const status = Number.isNaN(accuracy)
      ? ({ status: 'diverged', metrics: {}, ...common } as const)
      : ({ status: 'done', metrics: { accuracy: accuracy / 100 }, ...common } as const);
    return { trial, status, metrics: [] };
  });
}

/** The run folder `dir` of the tiny sweep with `overrides`, and with these accuracies. */
export function writeSeededRun(dir: string, accuracyOf: AccuracyOf, ...overrides: string[]): SweepConfig {
  const config = tinyConfig(...overrides);
  writeSyntheticRun(dir, seededRecords(config, accuracyOf), config);
  return config;
}
