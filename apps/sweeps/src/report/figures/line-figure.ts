import { accuracyDomain } from './accuracy-domain.js';
import type { Point } from './figure-data.js';
import { COLUMN_WIDTH, CROSS, type FigureTheme } from './figure-theme.js';
import { seriesEncoding } from './series.js';

interface LineFigure {
  readonly theme: FigureTheme;
  readonly points: readonly {
    readonly point: Point;
    readonly x: number;
    readonly series: string;
    /** Not joined to its neighbours. */
    readonly isApart?: boolean;
  }[];
  readonly series: readonly string[];
  readonly seriesTitle: string;
  readonly xTitle: string;
  /** Values marked on the x axis, which is logarithmic. */
  readonly ticks: readonly number[];
  /** How a tick is written. */
  readonly tickLabel: (tick: number) => string;
}

/** Beside it stand the labels and the title of the y axis. */
const PLOT_WIDTH = COLUMN_WIDTH - 68;

/**
 * Accuracy over a logarithmic axis, a line for each series with bars of one standard deviation; below it, on a broken
 * axis, a row for each series that has trials that diverged, with their share.
 */
export function lineFigure({ theme, points, series, seriesTitle, xTitle, ticks, tickLabel }: LineFigure): object {
  const middle = (series.length - 1) / 2;
  // Bars of neighbouring series would hide one another.
  const shift = (name: string) => 2 ** (0.05 * (series.indexOf(name) - middle));
  const rows = points.map(({ point, x, series, isApart = false }) => ({
    series,
    // A legend of markers with dashed edges would be hard to read: the dashes are another field.
    dash: series,
    x: x * shift(series),
    tick: x,
    segment: `${series} ${isApart}`,
    ...(point.mean === undefined ? {} : { mean: point.mean, low: point.mean - point.sd, high: point.mean + point.sd }),
    sd: point.sd,
    diverged: point.diverged,
    share: `${point.diverged}/${point.ended}`,
    hasSeeds: point.trials.length > 1,
  }));
  const hasDiverged = rows.filter(({ diverged }) => diverged > 0);
  const divergedSeries = series.filter((name) => hasDiverged.some((row) => row.series === name));
  const domain = [Math.min(...ticks) / 1.25, Math.max(...ticks) * 1.4];
  const x = (axis: object | null, field = 'x') => ({
    field,
    type: 'quantitative',
    title: xTitle,
    scale: { type: 'log', base: 2, domain, nice: false },
    axis,
  });
  const bottomAxis = {
    values: thinned(ticks),
    grid: false,
    labelExpr: labelExpression(ticks, tickLabel),
    labelOverlap: 'greedy',
  };
  const channels = seriesEncoding('series', seriesTitle, series);
  const y = { type: 'quantitative', scale: { domain: domainOf(rows), nice: false } };
  const hasPlot = rows.some(({ mean }) => mean !== undefined);
  const main = {
    width: PLOT_WIDTH,
    height: 165,
    data: { values: rows.filter(({ mean }) => mean !== undefined) },
    encoding: {
      x: x(
        divergedSeries.length > 0
          ? { ...bottomAxis, labels: false, title: null, ticks: false, domain: false }
          : bottomAxis,
      ),
      color: channels.color,
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: {
          y: {
            ...y,
            field: 'mean',
            title: 'test accuracy (%)',
            axis: { tickCount: 5, minExtent: 26, maxExtent: 26 },
          },
          strokeDash: { ...channels.strokeDash, field: 'dash', legend: null },
          detail: { field: 'segment', type: 'nominal' },
        },
      },
      {
        transform: [{ filter: 'datum.sd > 0' }],
        mark: { type: 'rule', strokeWidth: 1.2 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 42, opacity: 1 },
        encoding: { y: { ...y, field: 'mean' }, shape: channels.shape },
      },
    ],
  };
  if (divergedSeries.length === 0) return main;
  const strip = {
    width: PLOT_WIDTH,
    height: 13 * divergedSeries.length,
    view: { fill: theme.empty },
    data: { values: hasDiverged },
    encoding: {
      x: x(bottomAxis, 'tick'),
      y: {
        field: 'series',
        type: 'nominal',
        sort: divergedSeries,
        title: null,
        axis: { domain: false, ticks: false, minExtent: 26, maxExtent: 26, labelLimit: 44 },
      },
      color: channels.color,
    },
    layer: [
      { mark: { type: 'point', shape: CROSS, size: 26, strokeWidth: 1.6, opacity: 1, fill: null } },
      {
        transform: [{ filter: 'datum.hasSeeds' }],
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 8, color: theme.ink },
        encoding: { text: { field: 'share', type: 'nominal' }, color: { value: theme.ink } },
      },
      {
        data: { values: [{}] },
        mark: {
          type: 'text',
          align: 'right',
          baseline: 'bottom',
          fontSize: 8,
          color: theme.ink,
          x: PLOT_WIDTH,
          y: -2,
          text: 'diverged',
        },
        encoding: { x: null, y: null, color: null },
      },
    ],
  };
  return { spacing: 12, vconcat: hasPlot ? [main, strip] : [strip] };
}

/** Ends of the axis that hold all means and bars. */
const domainOf = (rows: readonly { low?: number; high?: number }[]) => {
  const values = rows.flatMap(({ low, high }) => (low === undefined || high === undefined ? [] : [low, high]));
  return values.length === 0 ? [0, 100] : accuracyDomain(values);
};

/** A vega expression that writes each of `ticks` as `label` does. */
export const labelExpression = (ticks: readonly number[], label: (tick: number) => string): string =>
  `${JSON.stringify(Object.fromEntries(ticks.map((tick) => [tick, label(tick)])))}[datum.value]`;

/** At most nine of `ticks`, evenly. */
function thinned(ticks: readonly number[]): number[] {
  const every = Math.ceil(ticks.length / 9);
  return ticks.filter((_, i) => i % every === 0 || i === ticks.length - 1);
}
