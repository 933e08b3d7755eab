import type { Axis } from '../../plan/index.js';
import type { Figure, LeftOutFigure } from '../figures/figure.js';
import { COLUMN_WIDTH } from '../figures/figure-theme.js';
import { MOST_SERIES, seriesEncoding } from '../figures/series.js';
import type { Comparison } from './compare-sweeps.js';
import { intervalText } from './comparison-lines.js';

/** More rows do not fit a page. */
const MOST_ROWS = 60;

/** The difference of each combination with its standard deviation over seeds, and the mean of all with its interval. */
export function comparisonFigure(comparison: Comparison, [a, b]: readonly [string, string]): Figure | LeftOutFigure {
  const name = 'compare';
  const { rows, axes, overall, divergedOnly } = comparison;
  const withDifference = rows.filter(({ difference }) => difference !== undefined);
  if (!overall) return { name, reason: 'no combination trained to the end in both sweeps' };
  if (withDifference.length > MOST_ROWS)
    return { name, reason: `more than ${MOST_ROWS} combinations have a difference` };
  const colourAxis = axes.at(-1);
  const series = colourAxis && colourAxis.values.length <= MOST_SERIES ? colourAxis : undefined;
  return {
    name,
    title: `${b} against ${a}`,
    note: `Difference of each combination${withDifference.some(({ pairs }) => pairs > 1) ? ', mean and standard deviation over the seeds of which both trained to the end' : ''}. Dashed: mean of all; band: ${intervalText(overall)}. Diverged in one of a pair only: ${divergedOnly.a} of ${a}, ${divergedOnly.b} of ${b}.`,
    draw: (theme) => {
      const data = withDifference.map(({ values, difference = 0, sd }) => ({
        name: axes.map(({ path, short, label }) => `${short} ${label(values[path])}`).join(', ') || 'all',
        series: series ? series.label(values[series.path]) : '',
        difference,
        low: difference - sd,
        high: difference + sd,
        sd,
      }));
      const channels = seriesEncoding(
        'series',
        series ? plain(series) : '',
        series ? series.values.map(series.label) : [''],
      );
      const x = {
        field: 'difference',
        type: 'quantitative',
        title: 'difference in test accuracy (points)',
        axis: { tickCount: 5 },
      };
      return {
        width: COLUMN_WIDTH,
        // Of the rows alone: title and legend come on top, however many lines they have.
        height: 15 * data.length,
        autosize: { type: 'fit-x', contains: 'padding' },
        layer: [
          ...(overall.interval
            ? [
                {
                  data: { values: [{ from: overall.interval[0], to: overall.interval[1] }] },
                  mark: { type: 'rect', color: theme.empty },
                  encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' } },
                },
              ]
            : []),
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: 'rule', color: theme.ink, strokeWidth: 1 },
            encoding: { x: { ...x, field: 'zero' } },
          },
          {
            data: { values: [overall] },
            mark: { type: 'rule', color: theme.muted, strokeDash: [4, 2], strokeWidth: 1.2 },
            encoding: { x: { ...x, field: 'mean' } },
          },
          {
            data: { values: data },
            encoding: {
              y: {
                field: 'name',
                type: 'nominal',
                sort: null,
                title: null,
                axis: { ticks: false, domain: false, labelLimit: 150, grid: false },
              },
              color: series ? channels.color : { value: theme.ink },
            },
            layer: [
              {
                transform: [{ filter: 'datum.sd > 0' }],
                mark: { type: 'rule', strokeWidth: 1.2 },
                encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
              },
              {
                mark: { type: 'point', filled: true, size: 36, opacity: 1 },
                encoding: { x, ...(series ? { shape: channels.shape } : {}) },
              },
            ],
          },
        ],
      };
    },
  };
}

const plain = ({ title }: Axis) => title.replace(/ \(.*\)$/, '');
