import type { Importance } from '../importance/axis-importance.js';
import { whatItIs } from '../importance/importance-lines.js';
import type { FigureMaker } from './figure.js';
import { COLUMN_WIDTH, type FigureTheme } from './figure-theme.js';

/** More bars would not be read. */
const MOST_BARS = 12;

/** How much each axis matters, as bars with intervals. */
export const importanceBars: FigureMaker = ({ importance, axes }) => {
  const name = 'importance';
  if (axes.length < 2) return { name, reason: 'the sweep has fewer than two axes' };
  if (!importance) return { name, reason: 'fewer than two combinations have ended' };
  const few = importance.axes.length > MOST_BARS ? ` ${MOST_BARS} of ${importance.axes.length} axes are drawn.` : '';
  const { resampled } = importance;
  const intervals = resampled ? ` Lines: 95 %, by a bootstrap over ${resampled}.` : ' Too few seeds for intervals.';
  const what = whatItIs(importance);
  return {
    name,
    title: 'How much each axis matters for the accuracy',
    note: `${what[0]!.toUpperCase()}${what.slice(1)}.${intervals}${few}`,
    draw: (theme) => draw(theme, importance),
  };
};

function draw(theme: FigureTheme, { method, axes, interactions }: Importance): object {
  const rows = [
    ...axes.slice(0, MOST_BARS),
    ...(interactions ? [{ title: 'several together', ...interactions }] : []),
  ].map(({ title, share, interval }) => ({
    axis: title.replace(/ \(.*\)$/, ''),
    share: 100 * share,
    ...(interval ? { low: 100 * interval[0], high: 100 * interval[1] } : {}),
    label: (100 * share).toFixed(0),
    end: 100 * Math.max(share, interval?.[1] ?? 0),
  }));
  const y = {
    field: 'axis',
    type: 'nominal',
    sort: rows.map(({ axis }) => axis),
    title: null,
    axis: { ticks: false, domain: false, labelLimit: 120, grid: false },
  };
  const title = method === 'anova' ? 'share of the variance of accuracy (%)' : 'share of importance (%)';
  // Room for the numbers behind the longest bar.
  const x = {
    type: 'quantitative',
    title,
    scale: { domain: [0, 112], nice: false },
    axis: { values: [0, 25, 50, 75, 100] },
  };
  return {
    width: COLUMN_WIDTH,
    height: rows.length * 20,
    autosize: { type: 'fit-x', contains: 'padding' },
    data: { values: rows },
    encoding: { y },
    layer: [
      { mark: { type: 'bar', height: 11, color: '#0f7fc4' }, encoding: { x: { ...x, field: 'share' } } },
      {
        transform: [{ filter: 'isValid(datum.low)' }],
        mark: { type: 'rule', color: theme.ink, strokeWidth: 1.2 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 8.5, color: theme.ink },
        encoding: { x: { ...x, field: 'end' }, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}
