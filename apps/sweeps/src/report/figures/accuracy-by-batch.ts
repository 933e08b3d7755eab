import { axisOf, numbersOf } from '../../plan/index.js';
import type { FigureMaker } from './figure.js';
import type { FigureData, Point } from './figure-data.js';
import { groupBy } from './group-by.js';
import { lineFigure } from './line-figure.js';

/**
 * Accuracy against batch size, a line for each kind of network: figure 2a of Brock et al. 2021. Other values, the clip
 * factor among them, are the best at each batch size, as a practitioner would choose.
 */
export const accuracyByBatch: FigureMaker = (data) => {
  const name = 'fig2a';
  const batches = axisOf(
    'batchSize',
    data.points.map(({ values }) => values),
  );
  if (numbersOf(batches).length < 2) return { name, reason: 'the sweep has one batch size' };
  const kinds = [...groupBy(data.points, ({ kind }) => kind).keys()].sort();
  const chosen = kinds.flatMap((kind) =>
    [
      ...groupBy(
        data.points.filter((point) => point.kind === kind),
        batchOf,
      ).values(),
    ].flatMap((points) => {
      const point = bestPoint(points);
      return point ? [{ point, x: Number(batchOf(point)), series: kind }] : [];
    }),
  );
  if (chosen.length === 0) return { name, reason: 'no trial has ended' };
  const hasModels = [...groupBy(data.points, ({ kind }) => kind).values()].some(
    (points) => new Set(points.map(({ values }) => values['model'])).size > 1,
  );
  const chosenBy = data.axes
    .filter(({ path }) => path !== 'batchSize' && (path !== 'model' || hasModels))
    .map(({ title }) => title);
  return {
    name,
    title: 'Test accuracy by batch size',
    note: `${seedsNote(data)}${chosenBy.length > 0 ? ` At each batch size the ${chosenBy.join(', ')} that diverged least, and of those the most accurate.` : ''}`,
    draw: (theme) =>
      lineFigure({
        theme,
        points: chosen,
        series: kinds,
        seriesTitle: '',
        xTitle: batches.title,
        ticks: numbersOf(batches),
        tickLabel: batches.label,
      }),
  };
};

const batchOf = ({ values }: Point) => String(values['batchSize']);

/** The point that diverged least, and of those the most accurate; undefined when none has ended. */
function bestPoint(points: readonly Point[]): Point | undefined {
  return points
    .filter(({ ended }) => ended > 0)
    .toSorted((a, b) => a.diverged / a.ended - b.diverged / b.ended || (b.mean ?? 0) - (a.mean ?? 0))[0];
}

/** What the points and bars of a figure are. */
export const seedsNote = ({ seeds }: FigureData): string =>
  seeds > 1
    ? `Mean and standard deviation over ${seeds} seeds; those that diverged are counted below.`
    : 'One seed; what diverged is below.';
