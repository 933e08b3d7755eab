import { namingAxes } from './axes.js';
import { formatDuration, formatLoss, formatPercent, formatRate } from './format-values.js';
import { axisColumns, STATE_STYLE } from './live-table.js';
import type { SweepSummary } from './summarize.js';
import { type Paint, plainPaint, textTable } from './text-table.js';

/** `summary` as the lines of a table, a trial each, the best one marked. Pure. */
export function summaryTable(summary: SweepSummary, paint: Paint = plainPaint): string[] {
  return textTable(
    summary.trials,
    [
      ...axisColumns(namingAxes(summary.trials.map(({ config }) => config))),
      { title: 'learning rate', align: 'right', cell: ({ learningRate }) => formatRate(learningRate) },
      { title: 'steps', align: 'right', cell: ({ step, steps }) => `${step}/${steps}` },
      {
        title: 'acc %',
        align: 'right',
        cell: ({ status, metrics }) => formatPercent(status === 'done' ? metrics['accuracy'] : undefined),
        style: ({ id }) => (id === summary.best ? 'bold' : undefined),
      },
      {
        title: 'loss',
        align: 'right',
        cell: ({ status, metrics }) => formatLoss(status === 'done' ? metrics['loss'] : undefined),
      },
      { title: 'time', align: 'right', cell: ({ seconds }) => formatDuration(seconds) },
      { title: 'trial', cell: ({ id }) => id, style: () => 'dim' },
      {
        title: 'status',
        cell: ({ id, status, reason }) => {
          if (id === summary.best) return 'done, best';
          return reason === undefined ? status : `${status}: ${shorten(reason)}`;
        },
        style: ({ status }) => STATE_STYLE[status],
      },
    ],
    { paint },
  );
}

/** The start of `reason`; all of it was told when the trial ended, and is in its `status.json`. */
function shorten(reason: string): string {
  const line = reason.split('\n')[0]!;
  return line.length > 72 ? `${line.slice(0, 71)}…` : line;
}
