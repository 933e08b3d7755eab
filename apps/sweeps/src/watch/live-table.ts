import { trialBudget } from '../plan/index.js';
import { axisColumns, STATE_STYLE, type TrialState } from '../report/index.js';
import { formatDuration, formatLoss, formatPercent, type Paint, plainPaint, textTable } from '../text/index.js';
import { type SweepView, secondsLeft, sweepSecondsLeft, type TrialView } from './sweep-view.js';

interface Screen {
  readonly now: number;
  readonly width: number;
  readonly height: number;
  readonly paint?: Paint;
}

/** The sweep as a table that fits the screen, a line per trial and one for all. Pure. */
export function renderLiveTable(view: SweepView, { now, width, height, paint = plainPaint }: Screen): string {
  const rows = fit(view.trials, height - 4);
  const hidden = view.trials.length - rows.length;
  const table = textTable(
    rows,
    [
      ...axisColumns(view.axes),
      {
        title: 'progress',
        cell: ({ step, steps, state }) => (state === 'queued' ? '' : progressBar(step / steps, 12)),
        style: ({ state }) => STATE_STYLE[state],
      },
      { title: 'epoch', align: 'right', cell: ({ epoch, config }) => `${epoch}/${trialBudget(config).epochs}` },
      { title: 'step', align: 'right', cell: ({ step, steps }) => `${step}/${steps}` },
      { title: 'train loss', align: 'right', cell: ({ loss }) => formatLoss(loss) },
      { title: 'acc %', align: 'right', cell: ({ accuracy }) => formatPercent(accuracy) },
      { title: 'status', cell: (trial) => statusText(trial, now), style: ({ state }) => STATE_STYLE[state] },
      { title: 'trial', cell: ({ id }) => id, style: () => 'dim' },
    ],
    { paint, width },
  );
  if (hidden > 0) table.push(paint('dim', `... and ${hidden} more`));
  return [...table, '', totalLine(view, now).slice(0, width)].join('\n');
}

function statusText(trial: TrialView, now: number): string {
  const { state, step, lostAt = step, startedAt, endedAt } = trial;
  if (state === 'running') {
    const left = secondsLeft(trial, now);
    return left === undefined ? 'starting' : `running, ${formatDuration(left)} left`;
  }
  if (state === 'queued') return state;
  const took =
    startedAt === undefined || endedAt === undefined
      ? ' earlier'
      : ` in ${formatDuration((endedAt - startedAt) / 1000)}`;
  return state === 'diverged' ? `diverged @ step ${lostAt}` : state + took;
}

/** `8 of 12 finished (1 diverged), 1 failed, 2 running, 3m 10s so far, about 1m 40s left`. */
export function totalLine(view: SweepView, now: number): string {
  const count = (state: TrialState) => view.trials.filter((trial) => trial.state === state).length;
  const finished = count('done') + count('diverged') + count('pruned');
  const ends = (['diverged', 'pruned'] as const).flatMap((state) =>
    count(state) > 0 ? `${count(state)} ${state}` : [],
  );
  const left = sweepSecondsLeft(view, now);
  return [
    `${finished} of ${view.trials.length} finished${ends.length > 0 ? ` (${ends.join(', ')})` : ''}`,
    ...(['failed', 'preempted', 'running'] as const).flatMap((state) =>
      count(state) > 0 ? `${count(state)} ${state}` : [],
    ),
    `${formatDuration((now - view.startedAt) / 1000)} so far`,
    ...(left === undefined || count('running') === 0 ? [] : [`about ${formatDuration(left)} left`]),
  ].join(', ');
}

/** As many trials as fit, in their order; the queued are left out first, then those that ended. */
function fit(trials: readonly TrialView[], room: number): TrialView[] {
  const importance = ({ state }: TrialView) => (state === 'running' ? 0 : state === 'queued' ? 2 : 1);
  const kept = new Set(trials.toSorted((a, b) => importance(a) - importance(b)).slice(0, Math.max(1, room)));
  return trials.filter((trial) => kept.has(trial));
}

function progressBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, share) * width);
  return '━'.repeat(filled) + '─'.repeat(width - filled);
}
