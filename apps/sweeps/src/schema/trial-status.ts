import { numberOf } from '@nfnets/json-numbers';
import type { ProgressLine } from './metrics-line.js';
import type { TrialMetrics, TrialOutcome } from './trial-function.js';

/** The file `status.json` of a trial. */
export interface TrialStatus {
  readonly status: 'running' | 'done' | 'diverged' | 'pruned' | 'failed' | 'preempted';
  /** Why it diverged, failed or was preempted. */
  readonly reason?: string;
  /** Steps made. */
  readonly step: number;
  /** Of a trial that diverged: steps made when the loss left the finite, or the limit, which was noticed at `step`. */
  readonly lostAt?: number;
  /** Training loss of the last step; may be NaN. */
  readonly lastLoss?: number;
  readonly metrics: TrialMetrics;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Seconds of earlier attempts that this one went on from; none by default. */
  readonly secondsBefore?: number;
  /** In what its steps were computed, last where it was resumed; absent before the first, and of older versions. */
  readonly computedIn?: 'float32' | 'bfloat16';
  /** The process that runs or ran it. */
  readonly process?: ProcessIdentity;
  /** Which attempt at the trial this is, from 1. */
  readonly attempt?: number;
  /** The most memory the process held, in bytes. */
  readonly peakMemory?: number;
}

/** A process, told from later ones that get the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from boot to the start of the process, where the system tells them (Linux). */
  readonly startTicks?: string;
  /** The boot and the process namespace (container) in which `pid` counts, where the system tells them (Linux). */
  readonly boot?: string;
  readonly namespace?: string;
}

const STATES: readonly TrialStatus['status'][] = ['running', 'done', 'diverged', 'pruned', 'failed', 'preempted'];

/** Whether `value` can be the content of a `status.json`. */
export function isStatus(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { status, step, metrics, reason, startedAt } = value as Partial<Record<keyof TrialStatus, unknown>>;
  return (
    STATES.some((state) => state === status) &&
    Number.isFinite(step) &&
    typeof metrics === 'object' &&
    metrics !== null &&
    !Array.isArray(metrics) &&
    // A text such as "NaN" of an older version has become a number.
    (reason === undefined || typeof reason === 'string' || typeof reason === 'number') &&
    Number.isFinite(Date.parse(String(startedAt)))
  );
}

/** Seconds that the trial took, with the attempts it went on from; undefined while it runs. */
export const trialSeconds = ({ startedAt, endedAt, secondsBefore = 0 }: TrialStatus): number | undefined =>
  endedAt === undefined ? undefined : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 + secondsBefore;

/** Whether a trial with this status has its result, so that it is not run again. */
export function isFinished(
  status: TrialStatus | undefined,
): status is TrialStatus & { status: 'done' | 'diverged' | 'pruned' } {
  return status?.status === 'done' || status?.status === 'diverged' || status?.status === 'pruned';
}

/** Whether nobody works on a trial with this status: another attempt at it would write `running` first. */
export function hasEnded(status: TrialStatus | undefined): status is TrialStatus {
  return status !== undefined && status.status !== 'running';
}

/** The first of `metrics` that is not finite, with its value, for people: `a loss of NaN`; undefined where all are. */
export function lostMetric(metrics: TrialMetrics): string | undefined {
  const lost = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
  return lost && `a ${lost[0]} of ${lost[1]}`;
}

/**
 * `status` as it came from a file: metrics of older versions that are null are NaN, and a trial that is called done while what
 * it ended with is not finite has diverged. Where it has no metrics, the last of `epochs` tells.
 */
export function checkedStatus(status: TrialStatus, epochs: () => readonly ProgressLine[]): TrialStatus {
  const metrics = Object.fromEntries(
    Object.entries(status.metrics).map(([name, value]) => [name, numberOf(value) as number]),
  );
  // Text of older versions may be what now stands for a number.
  const reason = status.reason === undefined ? {} : { reason: String(status.reason) };
  if (status.status !== 'done') return { ...status, ...reason, metrics };
  const last = Object.keys(metrics).length === 0 ? epochs().at(-1) : undefined;
  const lost = lostMetric(last ? { loss: last.loss } : metrics);
  return lost ? { ...status, status: 'diverged', reason: `it ended with ${lost}`, metrics } : { ...status, metrics };
}

/** Whether a trial with this status came to nothing: it diverged, or what it ended with is not finite. */
export const hasDiverged = ({ status, metrics }: TrialStatus): boolean =>
  status === 'diverged' || (status === 'done' && lostMetric(metrics) !== undefined);

/**
 * How a trial that ended with `outcome` after `step` steps is recorded: with what its `last` epoch measured under its own
 * metrics. It has diverged, whatever it says, where it calls done what is not finite.
 */
export function settledOutcome(outcome: TrialOutcome, step: number, last: TrialMetrics): TrialOutcome {
  if (outcome.status !== 'done') {
    return { ...outcome, metrics: { ...(lostMetric(last) ? {} : last), ...outcome.metrics } };
  }
  const metrics = { ...last, ...outcome.metrics };
  const lost = lostMetric(metrics);
  return lost ? { status: 'diverged', step, reason: `it ended with ${lost}`, metrics } : { ...outcome, metrics };
}
