import type { RunEvent } from './run-event.js';

/** Where a resumed run goes on, as its `run-resumed` event tells it. */
export interface ResumePoint {
  /** Number of the next step. */
  readonly steps: number;
  /** Number of the epoch that it belongs to. */
  readonly epoch?: number;
  /** Whether steps of that epoch were made already, perhaps all. */
  readonly isInEpoch: boolean;
}

/** Where the run goes on of which `event` is the `run-resumed`; undefined for other events. */
export function resumePoint({ type, steps, epoch, samples = 0 }: RunEvent): ResumePoint | undefined {
  if (type !== 'run-resumed' || steps === undefined) return undefined;
  return { steps, isInEpoch: samples > 0, ...(epoch !== undefined && { epoch }) };
}

/**
 * Whether a run that goes on at `point` will make `event` again: a later step, the end of an epoch that is not over then (its
 * step may be an earlier one, where the checkpoint was made between an epoch's last step and its evaluation), or the end of the run.
 */
export function isBehind(
  event: RunEvent,
  { steps, epoch: current = Infinity }: Pick<ResumePoint, 'steps' | 'epoch'>,
): boolean {
  const { type, step, epoch } = event;
  if (type === 'run-end' || type === 'run-diverged') return true;
  if (type === 'epoch-end' && epoch !== undefined && epoch >= current) return true;
  return step !== undefined && step >= steps;
}
