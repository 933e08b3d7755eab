import type { MetricsLine } from '../src/schema/metrics-line.js';
import type { FilePart } from '../src/watch/serve/file-part.js';
import type { LiveMessage } from '../src/watch/serve/live-feed.js';
import type { LiveSweep, LiveTrial } from '../src/watch/serve/live-run.js';

export type { FilePart, LiveMessage, LiveSweep, LiveTrial, MetricsLine };
export type Axis = LiveSweep['axes'][number];

/** What the server says about one trial. */
export interface TrialDetails {
  readonly trial: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly derived: Readonly<Record<string, number>>;
  };
  readonly environment?: Readonly<Record<string, unknown>>;
}
