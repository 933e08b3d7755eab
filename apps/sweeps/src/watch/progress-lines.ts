import type { TrialSweepEvent } from '../execute/index.js';
import { trialBudget, valuesOf } from '../plan/index.js';
import { formatDuration, formatLoss, formatPercent } from '../text/index.js';
import { totalLine } from './live-table.js';
import type { SweepView, TrialView } from './sweep-view.js';

/**
 * What to print for `event` where there is no live table, given the view after it: the plan, the start and the end of
 * each trial, the end of each epoch. Pure.
 */
export function progressLines(view: SweepView, event: TrialSweepEvent, now: number): string[] {
  if (event.type === 'plan') {
    const kept = event.records.length - event.todo.length;
    return [
      `${event.records.length} trials: ${event.todo.length} to run${kept > 0 ? `, ${kept} kept from earlier runs` : ''}`,
    ];
  }
  const trial = view.trials.find(({ id }) => id === event.id);
  if (!trial) return [];
  const values = valuesOf(trial.config);
  const names = view.axes.map(({ path, short, label }) => `${short} ${label(values[path]).padEnd(5)}`);
  const prefix = `${trial.id}  ${names.join(' ')}`;
  if (event.type === 'start') return [`${prefix} started`];
  // Told at length, as a failure is.
  if (event.type === 'restart') return [];
  if (event.type === 'end') return [`${prefix} ${endText(trial)}`, totalLine(view, now)];
  const progress = event.event;
  if (progress.type === 'engine' || progress.type === 'clip') return [];
  if (progress.type === 'resume') return [`${prefix} continues at step ${progress.step}`];
  if (progress.type === 'epoch') {
    const { epoch, trainLoss, accuracy } = progress;
    return [
      `${prefix} epoch ${epoch}/${trialBudget(trial.config).epochs}: train loss ${formatLoss(trainLoss)}, accuracy ${formatPercent(accuracy)} %`,
    ];
  }
  return [`${prefix} step ${progress.step}/${trial.steps}: train loss ${formatLoss(progress.loss)}`];
}

/** How a trial ended, in a few words. */
function endText({ state, step, lostAt = step, accuracy, reason, startedAt, endedAt }: TrialView): string {
  const took =
    startedAt === undefined || endedAt === undefined ? '' : ` in ${formatDuration((endedAt - startedAt) / 1000)}`;
  if (state === 'done') return `done${took}: accuracy ${formatPercent(accuracy)} %`;
  if (state === 'diverged') return `diverged @ step ${lostAt}: ${reason ?? 'no reason given'}`;
  return `${state}${reason ? `: ${reason}` : ''}`;
}
