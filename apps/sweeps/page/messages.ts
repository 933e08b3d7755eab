import type { MetricsLine } from '../src/schema/metrics-line.js';
import type { FilePart } from '../src/watch/serve/file-part.js';
import type { ShownComparison, ShownComparisons, ShownSide } from '../src/watch/serve/home/compare-runs.js';
import type { HomeMessage } from '../src/watch/serve/home/follow-sweeps.js';
import type { SweepRow } from '../src/watch/serve/home/sweep-row.js';
import type { LiveMessage, LiveSweep, LiveTrial } from '../src/watch/serve/live-run.js';

export type {
  FilePart,
  HomeMessage,
  LiveMessage,
  LiveSweep,
  LiveTrial,
  MetricsLine,
  ShownComparison,
  ShownComparisons,
  ShownSide,
  SweepRow,
};
export type Axis = LiveSweep['axes'][number];

/** What the server says about one trial. */
export interface TrialDetails {
  readonly trial: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly derived: Readonly<Record<string, number>>;
  };
  readonly environment?: Readonly<Record<string, unknown>>;
}
