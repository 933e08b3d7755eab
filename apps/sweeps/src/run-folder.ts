import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Trial } from './plan-trials.js';
import type { SweepConfig } from './sweep-schema.js';
import {
  type MetricsLine,
  readEnvironment,
  readJson,
  readMetrics,
  readStatus,
  readTrial,
  type TrialStatus,
} from './trial-folder.js';

/** The file `plan.json` of a run folder: what the folder is for. */
export interface StoredPlan {
  readonly format: 1;
  /** Hash of the trials. */
  readonly hash: string;
  readonly config: SweepConfig;
  /** Ids of the planned trials, in the order of the plan. */
  readonly trials: readonly string[];
}

/** A planned trial with what its folder says about it. */
export interface TrialRecord {
  readonly trial: Trial;
  /** Absent when it never started. */
  readonly status?: TrialStatus;
}

/** A `TrialRecord` with everything a report shows; of a run folder, it is read when it is asked for. */
export interface FullTrialRecord extends TrialRecord {
  readonly metrics: readonly MetricsLine[];
  readonly environment?: Readonly<Record<string, unknown>> | undefined;
}

/** The files of a run folder. */
export function runFiles(dir: string) {
  return {
    plan: join(dir, 'plan.json'),
    trial: (id: string) => join(dir, 'trials', id),
    summary: join(dir, 'summary.json'),
    figures: join(dir, 'figures'),
    figure: (name: string, kind: 'vl.json' | 'svg' | 'png') => join(dir, 'figures', `${name}.${kind}`),
    report: join(dir, 'report.html'),
    index: join(dir, 'index.sqlite'),
  };
}

/** The plan in the run folder `dir`; undefined when there is none. */
export const readPlan = (dir: string) => readJson<StoredPlan>(runFiles(dir).plan);

/** What the run folder `dir` holds of `trials`. */
export function readRecords(dir: string, trials: readonly Trial[]): TrialRecord[] {
  return trials.map((trial) => readRecord(dir, trial));
}

/** What the run folder `dir` holds of one trial. */
export function readRecord(dir: string, trial: Trial): TrialRecord {
  const status = readStatus(runFiles(dir).trial(trial.id));
  return { trial, ...(status ? { status } : {}) };
}

/** `record` with the metrics, and the environment where it is not known, from the run folder `dir` when they are asked for. */
export function fullRecord(
  dir: string,
  { trial, status, environment }: Omit<FullTrialRecord, 'metrics'>,
): FullTrialRecord {
  const folder = runFiles(dir).trial(trial.id);
  let known = environment;
  return {
    trial,
    ...(status ? { status } : {}),
    // Of ten thousand trials a report draws a few hundred.
    get metrics() {
      return readMetrics(folder);
    },
    get environment() {
      known ??= readEnvironment(folder);
      return known;
    },
  };
}

/** The trials of the plan stored in `dir`, from their own folders. */
export function readPlannedTrials(dir: string, { trials }: StoredPlan): Trial[] {
  return trials.flatMap((id) => readTrial(runFiles(dir).trial(id)) ?? []);
}

/** The run folders in `dir`, by name. */
export function listRunFolders(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(runFiles(join(dir, entry.name)).plan))
    .map((entry) => join(dir, entry.name))
    .sort();
}
