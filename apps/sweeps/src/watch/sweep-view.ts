import type { SweepEvent } from '../execute/index.js';
import { type Axis, namingAxes, trialBudget } from '../plan/index.js';
import type { TrialState } from '../report/index.js';
import { isOwnTrial, type TrialConfig } from '../schema/index.js';

/** What is known about one trial while the sweep runs. */
export interface TrialView {
  readonly id: string;
  readonly config: TrialConfig;
  readonly steps: number;
  readonly state: TrialState;
  readonly step: number;
  readonly epoch: number;
  readonly loss?: number | null;
  readonly accuracy?: number;
  readonly reason?: string;
  /** Of one that diverged: the step at which its loss was lost. */
  readonly lostAt?: number;
  /** When this run started and ended it, in milliseconds. */
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** What is known about a running sweep. */
export interface SweepView {
  readonly startedAt: number;
  /** What tells its trials apart. */
  readonly axes: readonly Axis[];
  readonly trials: readonly TrialView[];
}

/** The view before anything happened. */
export const emptyView = (now: number): SweepView => ({ startedAt: now, axes: [], trials: [] });

/** The view after `event` at time `now`, in milliseconds. Pure. */
export function advanceView(view: SweepView, event: SweepEvent, now: number): SweepView {
  if (event.type === 'note') return view;
  if (event.type === 'plan') {
    const todo = new Set(event.todo);
    const trials = event.records.map(({ trial, status }): TrialView => {
      const base = { id: trial.id, config: trial.config, steps: trial.derived.steps };
      if (todo.has(trial.id) || !status) return { ...base, state: 'queued', step: 0, epoch: 0 };
      return {
        ...base,
        state: status.status,
        step: status.step,
        ...(status.lostAt === undefined ? {} : { lostAt: status.lostAt }),
        epoch: trialBudget(trial.config).epochs,
        ...measured(status.metrics),
        ...(status.reason === undefined ? {} : { reason: status.reason }),
      };
    });
    return { ...view, trials, axes: namingAxes(trials.map(({ config }) => config)) };
  }
  return {
    ...view,
    trials: view.trials.map((trial) => (trial.id === event.id ? advanceTrial(trial, event, now) : trial)),
  };
}

function advanceTrial(trial: TrialView, event: Exclude<SweepEvent, { type: 'plan' | 'note' }>, now: number): TrialView {
  if (event.type === 'start') return { ...trial, state: 'running', startedAt: now };
  if (event.type === 'restart') return trial;
  if (event.type === 'end') {
    const { status, step, lostAt, reason, metrics } = event.status;
    return {
      ...trial,
      state: status,
      step,
      ...(lostAt === undefined ? {} : { lostAt }),
      endedAt: now,
      ...measured(metrics),
      ...(reason === undefined ? {} : { reason }),
    };
  }
  const progress = event.event;
  if (progress.type === 'engine' || progress.type === 'clip') return trial;
  if (progress.type === 'resume') return { ...trial, step: progress.step };
  const { step, epoch } = progress;
  if (progress.type === 'step') return { ...trial, step, epoch, loss: progress.loss };
  return { ...trial, step, epoch, loss: progress.trainLoss, accuracy: progress.accuracy };
}

const measured = ({ accuracy, trainLoss }: Readonly<Record<string, number>>) => ({
  ...(accuracy === undefined ? {} : { accuracy }),
  ...(trainLoss === undefined ? {} : { loss: trainLoss }),
});

/** Seconds that the trial still needs at its pace so far; undefined before its first step. */
export function secondsLeft({ state, step, steps, startedAt }: TrialView, now: number): number | undefined {
  if (state !== 'running' || startedAt === undefined || step === 0) return undefined;
  return (((now - startedAt) / 1000) * (steps - step)) / step;
}

/** Seconds until the sweep ends at the pace so far; undefined before the first step. */
export function sweepSecondsLeft({ trials, startedAt }: SweepView, now: number): number | undefined {
  let made = 0;
  let open = 0;
  for (const trial of trials) {
    const cost = estimatedCost(trial);
    const share = Math.min(1, trial.step / trial.steps);
    if (trial.startedAt !== undefined) made += cost * share;
    if (trial.state === 'queued' || trial.state === 'running') open += cost * (1 - share);
  }
  return made === 0 ? undefined : (((now - startedAt) / 1000) * open) / made;
}

/** In images: a step costs about as much as a few images on top of those in its batch. */
const estimatedCost = ({ steps, config }: TrialView) => steps * (isOwnTrial(config) ? 1 : 16 + config.batchSize);
