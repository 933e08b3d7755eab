import { type Axis, isContinuous, numbersOf } from '../../plan/index.js';
import { seedsNote } from './accuracy-by-batch.js';
import { accuracyDomain } from './accuracy-domain.js';
import type { FigureMaker } from './figure.js';
import type { Point } from './figure-data.js';
import { CROSS } from './figure-theme.js';
import { labelExpression } from './line-figure.js';
import { MOST_SERIES, seriesEncoding } from './series.js';

const MOST_PANELS = 6;
/** A range of this ratio is drawn on a logarithmic axis. */
const WIDE = 20;

/** Accuracy against each swept number, a point for each combination: for values that were drawn, and so have no cells. */
export const slices: FigureMaker = (data) => {
  const name = 'slices';
  const axes = data.axes.filter((axis) => numbersOf(axis).length > 1);
  // Where values repeat, the heatmap has a cell for each.
  if (!axes.some((axis) => isContinuous(axis, data.points.length))) return undefined;
  const ended = data.points.filter((point) => point.ended > 0);
  if (ended.length === 0) return { name, reason: 'no trial has ended' };
  const shown = axes.slice(0, MOST_PANELS);
  const left = axes.length > shown.length ? ` ${shown.length} of ${axes.length} axes are drawn.` : '';
  return {
    name,
    title: 'Test accuracy by each value',
    note: `A point for each combination, a cross at the foot where all of it diverged. ${seedsNote(data)}${left}`,
    draw: () => draw(ended, shown),
  };
};

function draw(points: readonly Point[], axes: readonly Axis[]): object {
  const kinds = [...new Set(points.map(({ kind }) => kind))].sort().slice(0, MOST_SERIES);
  const means = points.flatMap(({ mean }) => mean ?? []);
  const [low, high] = means.length > 0 ? accuracyDomain(means) : [0, 100];
  const channels = seriesEncoding('kind', '', kinds);
  const panel = (axis: Axis, isAlone: boolean) => {
    const numbers = numbersOf(axis);
    const [least, most] = [numbers[0]!, numbers.at(-1)!];
    const isLog = least > 0 && most / least > WIDE;
    const room = 0.04 * (most - least);
    const ticks = [...new Set([least, numbers[numbers.length >> 1]!, most])];
    const rows = points
      .filter(({ values }) => typeof values[axis.path] === 'number')
      .map(({ values, kind, mean }) => ({
        x: values[axis.path],
        kind,
        y: mean ?? low,
        mark: mean === undefined ? 'cross' : 'point',
      }));
    return {
      width: isAlone ? 262 : 112,
      height: 96,
      data: { values: rows },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          title: axis.title,
          scale: isLog
            ? { type: 'log', domain: [least / 1.1, most * 1.1], nice: false }
            : { domain: [least - room, most + room], nice: false },
          axis: { grid: false, values: ticks, labelExpr: labelExpression(ticks, short), labelOverlap: 'greedy' },
        },
        y: {
          field: 'y',
          type: 'quantitative',
          title: 'test accuracy (%)',
          scale: { domain: [low, high], nice: false },
          axis: { tickCount: 4 },
        },
        color: channels.color,
      },
      layer: [
        {
          transform: [{ filter: "datum.mark === 'point'" }],
          mark: { type: 'point', filled: true, size: 18, opacity: 0.9 },
          encoding: { shape: channels.shape },
        },
        {
          transform: [{ filter: "datum.mark === 'cross'" }],
          mark: { type: 'point', shape: CROSS, size: 22, strokeWidth: 1.4, opacity: 1, fill: null },
        },
      ],
    };
  };
  return {
    concat: axes.map((axis) => panel(axis, axes.length === 1)),
    columns: 2,
    spacing: 12,
  };
}

/** Ends and middle of an axis are rough: three digits. */
const short = (value: number): string => String(Number(value.toPrecision(3)));
