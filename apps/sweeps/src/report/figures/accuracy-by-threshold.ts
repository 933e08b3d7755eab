import { axisOf, numbersOf } from '../../plan/index.js';
import { seedsNote } from './accuracy-by-batch.js';
import type { FigureMaker } from './figure.js';
import { largestSlice } from './figure-data.js';
import { lineFigure } from './line-figure.js';
import { MOST_SERIES } from './series.js';

/** Accuracy against clip factor, a line for each batch size: figure 2b of Brock et al. 2021, with what diverged. */
export const accuracyByThreshold: FigureMaker = (data) => {
  const name = 'fig2b';
  const rows = data.points.map(({ values }) => values);
  // Of several rules it is that of one.
  const path = data.axes.some((axis) => axis.path === 'clip.rule') ? 'clip.threshold' : 'clipFactor';
  const slice = largestSlice(data, [axisOf(path, rows), axisOf('batchSize', rows)]);
  const [clips, batches] = slice.axes as [ReturnType<typeof axisOf>, ReturnType<typeof axisOf>];
  const factors = numbersOf(clips);
  if (factors.length < 2) return { name, reason: 'the sweep has fewer than two clip factors' };
  if (batches.values.length > MOST_SERIES)
    return { name, reason: `the sweep has more than ${MOST_SERIES} batch sizes: more lines cannot be told apart` };
  // No clipping is as good as an infinite factor: it stands beyond the largest.
  const off = clips.values.includes('off') ? factors.at(-1)! * 4 : undefined;
  const points = slice.points
    .filter(({ ended, values }) => ended > 0 && (typeof values[path] === 'number' || values[path] === 'off'))
    .map((point) => ({
      point,
      x: point.values[path] === 'off' ? off! : Number(point.values[path]),
      series: batches.label(point.values['batchSize']),
      isApart: point.values[path] === 'off',
    }));
  if (points.length === 0) return { name, reason: 'no trial has ended' };
  return {
    name,
    title: 'Test accuracy by clip factor',
    note: `${seedsNote(data)}${off === undefined ? '' : ' "off" trains without clipping.'}${slice.held}`,
    draw: (theme) =>
      lineFigure({
        theme,
        points,
        series: batches.values.map(batches.label),
        seriesTitle: 'batch size',
        xTitle: clips.title,
        ticks: [...factors, ...(off === undefined ? [] : [off])],
        tickLabel: (tick) => (tick === off ? 'off' : clips.label(tick)),
      }),
  };
};
