import { namingAxes } from '../plan/index.js';
import { isOwnTrial } from '../schema/index.js';
import {
  formatDuration,
  formatLoss,
  formatPercent,
  numberFormat,
  type Paint,
  plainPaint,
  textTable,
} from '../text/index.js';
import { axisColumns } from './axis-columns.js';
import { STATE_STYLE } from './state-style.js';
import { describeEquals, type SweepSummary, type TrialState, type TrialSummary } from './summarize.js';

/** `summary` as the lines of a table, a trial each, the best one marked. Pure. */
export function summaryTable(summary: SweepSummary, paint: Paint = plainPaint): string[] {
  const { best, trials } = summary;
  const isBest = ({ id }: { readonly id: string }) => best?.trials.includes(id) ?? false;
  const rate = numberFormat(trials.map(({ learningRate }) => learningRate));
  return textTable(
    trials,
    [
      ...axisColumns(namingAxes(trials.map(({ config }) => config))),
      ...(trials.every(({ config }) => isOwnTrial(config))
        ? []
        : [
            {
              title: 'learning rate',
              align: 'right' as const,
              cell: ({ learningRate }: TrialSummary) => rate(learningRate),
            },
          ]),
      {
        title: 'steps',
        align: 'right',
        cell: ({ step, steps, config }) => (isOwnTrial(config) && step > steps ? String(step) : `${step}/${steps}`),
      },
      {
        title: 'acc %',
        align: 'right',
        cell: ({ status, metrics }) => asLast(status, formatPercent(metrics['accuracy'])),
        style: (trial) => (isBest(trial) ? 'bold' : trial.status === 'done' ? undefined : 'dim'),
      },
      {
        title: 'test loss',
        align: 'right',
        cell: ({ status, metrics }) => asLast(status, formatLoss(metrics['loss'])),
        style: ({ status }) => (status === 'done' ? undefined : 'dim'),
      },
      { title: 'time', align: 'right', cell: ({ seconds }) => formatDuration(seconds) },
      { title: 'trial', cell: ({ id }) => id, style: () => 'dim' },
      {
        title: 'status',
        cell: ({ id, status, reason, lostAt }) => {
          if (isBest({ id }) && status === 'done')
            return `done, best${best!.done > 1 ? ' mean' : ''}${describeEquals(best!)}`;
          const state = stateText(status, lostAt);
          return reason === undefined ? state : `${state}: ${shorten(reason)}`;
        },
        style: ({ status }) => STATE_STYLE[status],
      },
    ],
    { paint },
  );
}

/** The last figure of a trial that was not trained to the end, in brackets: it is no result. */
export const asLast = (status: TrialState, text: string): string =>
  status === 'done' || text === '-' ? text : `(${text})`;

/** `diverged @ step 21`, where it is known when the trial was lost. */
export const stateText = (status: TrialState, lostAt: number | undefined): string =>
  lostAt === undefined ? status : `${status} @ step ${lostAt}`;

/** The start of `reason`; all of it was told when the trial ended, and is in its `status.json`. */
function shorten(reason: string): string {
  const line = reason.split('\n')[0]!;
  return line.length > 72 ? `${line.slice(0, 71)}…` : line;
}
