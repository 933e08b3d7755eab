import type { MetricsLine } from './metrics-line.js';
import type { Trial } from './trial.js';
import type { TrialStatus } from './trial-status.js';

/** A planned trial with what its folder says about it. */
export interface TrialRecord {
  readonly trial: Trial;
  /** Absent when it never started, and where its file is damaged. */
  readonly status?: TrialStatus;
  /** What is wrong with its files, and the way out. */
  readonly damage?: string;
}

/** A `TrialRecord` with everything a report shows; of a run folder, it is read when it is asked for. */
export interface FullTrialRecord extends TrialRecord {
  readonly metrics: readonly MetricsLine[];
  readonly environment?: Readonly<Record<string, unknown>> | undefined;
}
