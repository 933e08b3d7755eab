import type { TrialRecord } from './run-folder.js';
import type { TrialConfig } from './sweep-schema.js';
import { type TrialStatus, trialSeconds } from './trial-folder.js';
import type { TrialMetrics } from './trial-function.js';

/** State of a planned trial; `queued` until it first starts. */
export type TrialState = TrialStatus['status'] | 'queued';

/** One trial of a summary. */
export interface TrialSummary {
  readonly id: string;
  readonly status: TrialState;
  readonly reason?: string;
  readonly config: TrialConfig;
  /** Peak learning rate the rule gave. */
  readonly learningRate: number;
  /** Steps made, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** `accuracy` (0 to 1) and `loss` on the test images, `trainLoss`; of the last completed epoch where it diverged. */
  readonly metrics: TrialMetrics;
  readonly seconds?: number;
}

/** The file `summary.json`. */
export interface SweepSummary {
  readonly name: string;
  /** How many trials are in each state that occurs. */
  readonly counts: Readonly<Partial<Record<TrialState, number>>>;
  /** Id of the finished trial with the highest accuracy. */
  readonly best?: string;
  readonly trials: readonly TrialSummary[];
}

/** Sums up `records` of the sweep `name`, in their order. Pure. */
export function summarize(name: string, records: readonly TrialRecord[]): SweepSummary {
  const trials = records.map(summarizeTrial);
  const counts: Partial<Record<TrialState, number>> = {};
  for (const { status } of trials) counts[status] = (counts[status] ?? 0) + 1;
  const best = trials
    .filter(({ status, metrics }) => status === 'done' && Number.isFinite(metrics['accuracy']))
    .reduce<TrialSummary | undefined>(
      (top, trial) => (top && top.metrics['accuracy']! >= trial.metrics['accuracy']! ? top : trial),
      undefined,
    );
  return { name, counts, ...(best ? { best: best.id } : {}), trials };
}

function summarizeTrial({ trial: { id, config, derived }, status }: TrialRecord): TrialSummary {
  const seconds = status && trialSeconds(status);
  return {
    id,
    status: status?.status ?? 'queued',
    ...(status?.reason === undefined ? {} : { reason: status.reason }),
    config,
    learningRate: derived.learningRate,
    step: status?.step ?? 0,
    steps: derived.steps,
    metrics: status?.metrics ?? {},
    ...(seconds === undefined ? {} : { seconds }),
  };
}
