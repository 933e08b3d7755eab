import { axisOf } from '../../plan/index.js';
import { bestCombinations } from '../best-combination.js';
import { accuracyCell, accuracyColour, colourDomain, emptyMark } from './accuracy-cell.js';
import type { FigureMaker } from './figure.js';
import { largestSlice, type Point } from './figure-data.js';
import { COLUMN_WIDTH, CROSS, type FigureTheme } from './figure-theme.js';
import { groupBy } from './group-by.js';

/** Panels side by side, and what thresholds and gaps take of the width. */
const COLUMNS = 2;
const PANEL_WIDTH = (COLUMN_WIDTH - 52 * COLUMNS) / COLUMNS;
const ROW_HEIGHT = 19;
/** A character of a number in a cell. */
const CHARACTER = 4.9;

/** Accuracy over threshold and batch size, a map for each clipping rule, in one range of colours. */
export const ruleMaps: FigureMaker = (data) => {
  const name = 'rule-maps';
  const [rules, thresholds, batches] = ['clip.rule', 'clip.threshold', 'batchSize'].map((path) =>
    data.axes.find((axis) => axis.path === path),
  );
  if (!rules || !thresholds) return undefined;
  const { points, held } = largestSlice(data, batches ? [rules, thresholds, batches] : [rules, thresholds]);
  const maps = [...groupBy(points, ({ values }) => String(values['clip.rule']))];
  return {
    name,
    title: 'Accuracy by threshold and batch size, by clipping rule',
    note: `Percent after the last epoch${data.seeds > 1 ? `, mean over ${data.seeds} seeds; the best mean of those that no seed diverged in is framed at each batch size. A cross marks what diverged at every seed; "2/3" that only so many seeds trained to the end` : ', the best at each batch size framed; a cross marks what diverged'}.${held}`,
    draw: (theme) => draw(theme, maps),
  };
};

function draw(theme: FigureTheme, maps: readonly [rule: string, points: readonly Point[]][]): object {
  const all = maps.flatMap(([, points]) => points);
  const [low, high] = colourDomain(all);
  const columns = axisOf(
    'batchSize',
    all.map(({ values }) => values),
  );
  const best = new Set(
    [...groupBy(all, ({ values }) => String(values['batchSize'])).values()].flatMap((points) =>
      bestCombinations(points),
    ),
  );
  const panels = maps.map(([rule, points], i) => {
    const rows = axisOf(
      'clip.threshold',
      points.map(({ values }) => values),
    );
    const cells = points.map((point) => {
      const room = PANEL_WIDTH / columns.values.length / CHARACTER;
      const { second, ...shown } = accuracyCell(point, { middle: (low + high) / 2, room });
      return {
        row: rows.label(point.values['clip.threshold']),
        column: columns.label(point.values['batchSize']),
        isBest: best.has(point),
        ...shown,
        // Deviations have no room here.
        seeds: point.done > 0 && point.done < point.trials.length ? `${point.done}/${point.trials.length}` : '',
      };
    });
    const isLast = i >= maps.length - COLUMNS;
    const texts = (field: 'first' | 'seeds', condition: string, fontSize: number, dy: number) =>
      (['onBright', 'onDark'] as const).map((ground) => ({
        transform: [{ filter: `datum.ground === '${ground}' && datum.${field} !== '' && ${condition}` }],
        mark: { type: 'text', fontSize, dy, color: ground === 'onBright' ? '#10151b' : '#ffffff' },
        encoding: { text: { field, type: 'nominal' } },
      }));
    return {
      title: { text: rule === 'off' ? 'no clipping' : rule, anchor: 'start', fontSize: 10, offset: 3 },
      width: PANEL_WIDTH,
      height: rows.values.length * ROW_HEIGHT,
      data: { values: cells },
      encoding: {
        x: {
          field: 'column',
          type: 'ordinal',
          sort: columns.values.map(columns.label),
          title: isLast ? columns.title : null,
          axis: { labelAngle: 0, ticks: false, domain: false },
          scale: { paddingInner: 0.04, paddingOuter: 0 },
        },
        y: {
          field: 'row',
          type: 'ordinal',
          sort: rows.values.map(rows.label).reverse(),
          title: null,
          axis: { ticks: false, domain: false, minExtent: 34, maxExtent: 34 },
          scale: { paddingInner: 0.06, paddingOuter: 0 },
        },
      },
      layer: [
        {
          transform: [{ filter: "datum.kind === 'done'" }],
          mark: { type: 'rect', cornerRadius: 2 },
          encoding: {
            color: accuracyColour([low, high], true),
          },
        },
        {
          transform: [{ filter: "datum.kind !== 'done'" }],
          mark: emptyMark(theme),
        },
        {
          transform: [{ filter: "datum.kind === 'diverged'" }],
          mark: { type: 'point', shape: CROSS, size: 36, stroke: theme.ink, strokeWidth: 1.4, opacity: 1 },
        },
        {
          transform: [{ filter: 'datum.isBest' }],
          mark: { type: 'rect', fill: null, stroke: theme.ink, strokeWidth: 2, cornerRadius: 2 },
        },
        ...texts('first', "datum.seeds === ''", 8.5, 0),
        ...texts('first', "datum.seeds !== ''", 8.5, -3.5),
        ...texts('seeds', 'true', 6.5, 5),
      ],
    };
  });
  return { columns: COLUMNS, spacing: { row: 10, column: 14 }, concat: panels };
}
