import type { Axis } from '../../plan/index.js';
import { onePointApart } from './accuracy-domain.js';
import type { FigureMaker } from './figure.js';
import type { FigureData, Point } from './figure-data.js';
import { COLUMN_WIDTH, type FigureTheme } from './figure-theme.js';

/** More lines are a smear; the best and an even choice of the rest are kept. */
const MOST_LINES = 150;
/** Stands for the path of the last axis. */
const ACCURACY = 'accuracy';
/** Place of what diverged on the accuracy axis, below its foot. */
const BELOW = -0.13;

/** Each combination of values as a line across all axes, ending at its accuracy. */
export const parallelCoordinates: FigureMaker = (data) => {
  const name = 'parallel';
  if (data.axes.length < 2) return { name, reason: 'the sweep has fewer than two axes' };
  const ended = data.points.filter((point) => point.ended > 0);
  if (ended.length === 0) return { name, reason: 'no trial has ended' };
  const shown = chooseLines(ended);
  const few = shown.length < ended.length ? ` ${shown.length} of ${ended.length} lines are drawn.` : '';
  return {
    name,
    title: 'All combinations and their accuracy',
    note: `A line for each combination${data.seeds > 1 ? ', at the mean of its seeds' : ''}; dashed to "div." where all trials diverged.${few}`,
    draw: (theme) => draw(theme, shown, data.axes),
  };
};

function chooseLines(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => (b.mean ?? -1) - (a.mean ?? -1));
  const every = Math.ceil(sorted.length / MOST_LINES);
  return sorted.filter((_, i) => i % every === 0);
}

function draw(theme: FigureTheme, points: readonly Point[], axes: FigureData['axes']): object {
  const means = points.flatMap(({ mean }) => mean ?? []);
  const [low, high] = means.length > 0 ? onePointApart(Math.min(...means), Math.max(...means)) : [0, 100];
  const paths = [...axes.map(({ path }) => path), ACCURACY];
  // Two axes may have one name in short: the path tells them apart.
  const titles = Object.fromEntries([
    ...axes.map((axis) => [axis.path, shortTitle(axis, axes.length)]),
    [ACCURACY, 'accuracy (%)'],
  ]);
  const place = (axis: Axis, point: Point) =>
    axis.values.length < 2 ? 0.5 : axis.values.indexOf(point.values[axis.path]) / (axis.values.length - 1);
  const ends = points.flatMap((point, line) => [
    ...axes.map((axis, i) => ({ line, axis: paths[i], place: place(axis, point), ...mark(point) })),
    {
      line,
      axis: ACCURACY,
      place: point.mean === undefined ? BELOW : (point.mean - low) / (high - low),
      ...mark(point),
    },
  ]);
  const ticks = [
    ...axes.flatMap((axis, i) =>
      thinned(axis.values).map((value) => ({
        axis: paths[i],
        place: axis.values.indexOf(value) / Math.max(1, axis.values.length - 1),
        text: axis.label(value),
      })),
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => ({
      axis: ACCURACY,
      place: share,
      text: (low + share * (high - low)).toFixed(1),
    })),
    ...(points.some(({ mean }) => mean === undefined) ? [{ axis: ACCURACY, place: BELOW, text: 'div.' }] : []),
  ];
  const x = {
    field: 'axis',
    type: 'point',
    sort: paths,
    title: null,
    axis: {
      orient: 'top',
      labelAngle: 0,
      domain: false,
      ticks: false,
      grid: true,
      gridColor: theme.muted,
      labelPadding: 8,
      labelExpr: `${JSON.stringify(titles)}[datum.value]`,
      labelLimit: COLUMN_WIDTH / paths.length - 4,
    },
    scale: { padding: 0.2 },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { domain: [BELOW - 0.05, 1.02], nice: false },
    axis: null,
  });
  return {
    width: COLUMN_WIDTH,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    encoding: { x: { ...x, type: 'ordinal' } },
    layer: [
      {
        data: { values: ends.filter(({ hasMean }) => !hasMean) },
        mark: { type: 'line', strokeWidth: 1, strokeDash: [3, 2], color: theme.muted, opacity: 0.8 },
        encoding: { y: y('place'), detail: { field: 'line', type: 'nominal' } },
      },
      {
        data: { values: ends.filter(({ hasMean }) => hasMean) },
        mark: { type: 'line', strokeWidth: 1.2, opacity: 0.75 },
        encoding: {
          y: y('place'),
          detail: { field: 'line', type: 'nominal' },
          color: {
            field: 'accuracy',
            type: 'quantitative',
            scale: { scheme: 'viridis', domain: [low, high] },
            legend: null,
          },
        },
      },
      {
        data: { values: ticks },
        mark: {
          type: 'text',
          align: 'left',
          dx: 4,
          fontSize: 8.5,
          color: theme.ink,
          stroke: theme.background ?? 'var(--paper)',
          strokeWidth: 3,
          strokeOpacity: 0.85,
        },
        encoding: { y: y('place'), text: { field: 'text', type: 'nominal' } },
      },
      {
        data: { values: ticks },
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 8.5, color: theme.ink },
        encoding: { y: y('place'), text: { field: 'text', type: 'nominal' } },
      },
    ],
  };
}

const mark = ({ mean }: Point) => ({ hasMean: mean !== undefined, ...(mean === undefined ? {} : { accuracy: mean }) });

/** Beside many others there is room for a word. */
const shortTitle = ({ title, short }: Axis, axes: number) => (axes > 3 ? short : title.replace(/ \(.*\)$/, ''));

/** At most eight of `values`, with the first and the last. */
function thinned<T>(values: readonly T[]): T[] {
  const every = Math.ceil(values.length / 8);
  return values.filter((_, i) => i % every === 0 || i === values.length - 1);
}
