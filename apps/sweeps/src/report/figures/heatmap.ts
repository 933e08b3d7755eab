import { type Axis, axisOf, isContinuous } from '../../plan/index.js';
import { bestCombinations } from '../best-combination.js';
import { accuracyCell, accuracyColour, colourDomain, emptyMark } from './accuracy-cell.js';
import type { FigureMaker } from './figure.js';
import { type FigureData, largestSlice, type Point } from './figure-data.js';
import { COLUMN_WIDTH, CROSS, type FigureTheme } from './figure-theme.js';

/** More columns leave no room for numbers. */
const MOST_LABELLED = 8;
const MOST_VALUES = 40;
/** All cells of a row, and a character in one of them. */
const CELLS_WIDTH = 254;
const CHARACTER = 4.9;

/** Test accuracy over the first two axes, as mean and standard deviation of the seeds; the best is framed. */
export const heatmap: FigureMaker = (data) => {
  const name = 'heatmap';
  if (data.axes.some(({ path }) => path === 'clip.rule'))
    return { name, reason: 'thresholds of different rules are of different kinds: see the figure "rule-maps"' };
  const [rowAxis, columnAxis] = heatmapAxes(data);
  const continuous = [rowAxis, columnAxis].find((axis) => isContinuous(axis, data.points.length));
  if (continuous) return { name, reason: `values of ${plain(continuous)} hardly repeat: see the figure "slices"` };
  const { points, axes, held } = largestSlice(data, [rowAxis, columnAxis]);
  const [rows, columns] = axes as [Axis, Axis];
  if (points.length === 0) return { name, reason: 'the sweep has no trial' };
  if (Math.max(rows.values.length, columns.values.length) > MOST_VALUES)
    return { name, reason: `an axis has more than ${MOST_VALUES} values: ${rows.title} or ${columns.title}` };
  return {
    name,
    title: `Test accuracy by ${plain(rows)} and ${plain(columns)}`,
    note: `Percent after the last epoch${data.seeds > 1 ? `, mean and standard deviation over ${data.seeds} seeds` : ''}; the best ${data.seeds > 1 ? 'mean of those that no seed diverged in ' : ''}is framed. A cross marks what diverged${data.seeds > 1 ? ' at every seed; "2/3" that only so many seeds trained to the end' : ', at the step given'}.${held}`,
    draw: (theme) => draw(theme, points, rows, columns),
  };
};

const plain = ({ title }: Axis) => title.replace(/ \(.*\)$/, '');

/** What a heatmap has down and across: clip factor and batch size where they are swept, and otherwise what is. */
export function heatmapAxes({ axes, points }: FigureData): [Axis, Axis] {
  const rows = points.map(({ values }) => values);
  const chosen = axes.slice(0, 2);
  for (const path of ['clipFactor', 'batchSize']) {
    if (chosen.length < 2 && !chosen.some((axis) => axis.path === path)) chosen.push(axisOf(path, rows));
  }
  const [first, second] = chosen as [Axis, Axis];
  return first.path === 'batchSize' ? [second, first] : [first, second];
}

function draw(theme: FigureTheme, points: readonly Point[], rows: Axis, columns: Axis): object {
  const [low, high] = colourDomain(points);
  const best = bestCombinations(points);
  const cells = points.map((point) => ({
    row: rows.label(point.values[rows.path]),
    column: columns.label(point.values[columns.path]),
    isBest: best.includes(point),
    ...accuracyCell(point, { middle: (low + high) / 2, room: CELLS_WIDTH / columns.values.length / CHARACTER }),
  }));
  const isClamped = cells.some(({ accuracy }) => accuracy !== undefined && accuracy < low - 0.1);
  const isLabelled = columns.values.length <= MOST_LABELLED;
  const encoding = {
    x: {
      field: 'column',
      type: 'ordinal',
      sort: columns.values.map(columns.label),
      title: columns.title,
      axis: { labelAngle: isLabelled ? 0 : -60, ticks: false, domain: false, labelLimit: 90 },
      scale: { paddingInner: 0.04, paddingOuter: 0 },
    },
    y: {
      field: 'row',
      type: 'ordinal',
      sort: rows.values.map(rows.label).reverse(),
      title: rows.title,
      axis: { ticks: false, domain: false, labelLimit: 160 },
      scale: { paddingInner: 0.06, paddingOuter: 0 },
    },
  };
  const where = (test: string) => [{ filter: test }];
  const texts = (field: 'first' | 'second', fontSize: number, dy: number, condition = 'true') =>
    (['onBright', 'onDark', 'other'] as const).map((ground) => ({
      transform: where(`datum.ground === '${ground}' && datum.${field} !== '' && ${condition}`),
      mark: {
        type: 'text',
        fontSize,
        dy,
        color: { onBright: '#10151b', onDark: '#ffffff', other: theme.ink }[ground],
      },
      encoding: { text: { field, type: 'nominal' } },
    }));
  return {
    width: COLUMN_WIDTH,
    // Of the cells alone: the title above may have many lines.
    height: rows.values.length * (isLabelled ? 31 : 15),
    autosize: { type: 'fit-x', contains: 'padding' },
    data: { values: cells },
    encoding,
    layer: [
      {
        transform: where("datum.kind === 'done'"),
        mark: { type: 'rect', cornerRadius: 2 },
        encoding: {
          color: accuracyColour([low, high], isClamped),
        },
      },
      {
        transform: where("datum.kind !== 'done'"),
        mark: emptyMark(theme),
      },
      {
        transform: where("datum.kind === 'diverged'"),
        mark: {
          type: 'point',
          shape: CROSS,
          size: 60,
          stroke: theme.ink,
          strokeWidth: 1.6,
          opacity: 1,
          yOffset: isLabelled ? -5 : 0,
        },
      },
      {
        transform: where('datum.isBest'),
        mark: { type: 'rect', fill: null, stroke: theme.ink, strokeWidth: 2.2, cornerRadius: 2 },
      },
      ...(isLabelled
        ? [
            ...texts('first', 10, 0, "datum.second === ''"),
            ...texts('first', 10, -5, "datum.second !== ''"),
            ...texts('second', 8, 7),
          ]
        : []),
    ],
  };
}
