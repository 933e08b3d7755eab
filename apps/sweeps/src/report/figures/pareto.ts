import type { Axis } from '../../plan/index.js';
import { isFigure } from '../../text/index.js';
import { accuracyDomain } from './accuracy-domain.js';
import type { FigureMaker } from './figure.js';
import type { Point } from './figure-data.js';
import { COLUMN_WIDTH, type FigureTheme } from './figure-theme.js';
import { groupBy } from './group-by.js';
import { seriesEncoding } from './series.js';

/** How many points of the front the note names. */
const MOST_NAMED = 5;
/** More points are a blot; the front and an even choice of the rest are kept. */
const MOST_POINTS = 1000;
/** More points are drawn smaller. */
const CROWD = 200;

/** Accuracy against training time with the trials that none beats in both: figure 1 of Brock et al. 2021. */
export const pareto: FigureMaker = (data) => {
  const name = 'pareto';
  const points = data.points.filter(({ mean, seconds }) => mean !== undefined && isFigure(seconds) && seconds > 0);
  if (points.length < 2) return { name, reason: 'fewer than two combinations have trained to the end' };
  const front = paretoFront(points);
  const named = evenly(front, MOST_NAMED);
  const shown = choosePoints(points, front);
  const few = shown.length < points.length ? ` ${shown.length} of ${points.length} points are drawn.` : '';
  const names = named.map((point, i) => `${i + 1}: ${nameOf(point, data.axes)}`).join('; ');
  return {
    name,
    title: 'Test accuracy by training time',
    note: `${data.seeds > 1 ? 'Means over seeds. ' : ''}The line joins what no other beats in both (${names}). Times are those of the machine, with all that ran beside.${few}`,
    draw: (theme) => draw(theme, shown, front, named),
  };
};

/** The front, and of the rest, from the most accurate to the least, every so many. */
function choosePoints(points: readonly Point[], front: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const isOnFront = new Set(front);
  const rest = points.filter((point) => !isOnFront.has(point)).sort((a, b) => b.mean! - a.mean!);
  const every = Math.ceil(rest.length / MOST_POINTS);
  return [...front, ...rest.filter((_, i) => i % every === 0)];
}

/** The points that no other is both faster and better than, fastest first. */
export function paretoFront(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  for (const point of points.toSorted((a, b) => a.seconds! - b.seconds! || b.mean! - a.mean!)) {
    if (front.length === 0 || point.mean! > front.at(-1)!.mean!) front.push(point);
  }
  return front;
}

function draw(theme: FigureTheme, points: readonly Point[], front: readonly Point[], named: readonly Point[]): object {
  const longest = Math.max(...points.map(({ seconds }) => seconds!));
  const [unit, size] = longest < 180 ? ['s', 1] : longest < 3 * 3600 ? ['min', 60] : ['h', 3600];
  const shortest = Math.min(...points.map(({ seconds }) => seconds!));
  const isWide = longest / shortest > 8;
  const row = (point: Point) => ({
    kind: point.kind,
    time: point.seconds! / size,
    mean: point.mean!,
    low: point.mean! - point.sd,
    high: point.mean! + point.sd,
  });
  const kinds = [...groupBy(points, ({ kind }) => kind).keys()].sort();
  const channels = seriesEncoding('kind', '', kinds);
  const encoding = {
    x: {
      field: 'time',
      type: 'quantitative',
      title: `training time (${unit})`,
      scale: isWide
        ? { type: 'log', nice: false, padding: 8 }
        : { domain: [(0.97 * shortest) / size, (1.03 * longest) / size], nice: false, padding: 8 },
      axis: { grid: false, tickCount: 5, format: '~r', labelOverlap: 'greedy' },
    },
    color: channels.color,
  };
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: 'test accuracy (%)',
    // Room above for the numbers.
    scale: { domain: accuracyDomain(points.flatMap(({ mean, sd }) => [mean! - sd, mean! + sd])), nice: false },
    axis: { tickCount: 5 },
  };
  return {
    width: COLUMN_WIDTH,
    height: 225,
    autosize: { type: 'fit', contains: 'padding' },
    encoding,
    layer: [
      {
        data: { values: front.map(row) },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.2, color: theme.ink },
        encoding: { y, color: { value: theme.ink } },
      },
      {
        data: { values: points.filter(({ sd }) => sd > 0).map(row) },
        mark: { type: 'rule', strokeWidth: 0.7 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        data: { values: points.map(row) },
        mark: { type: 'point', filled: true, size: points.length > CROWD ? 10 : 34, opacity: 1 },
        encoding: { y, shape: channels.shape },
      },
      {
        data: { values: named.map((point, i) => ({ ...row(point), text: String(i + 1) })) },
        mark: {
          type: 'text',
          align: 'right',
          baseline: 'bottom',
          dx: -4,
          dy: -3,
          fontSize: 9,
          fontWeight: 'bold',
          color: theme.ink,
        },
        encoding: { y, text: { field: 'text', type: 'nominal' }, color: { value: theme.ink } },
      },
    ],
  };
}

/** At most `most` of `points`, with the first and the last. */
function evenly(points: readonly Point[], most: number): Point[] {
  const count = Math.min(most, points.length);
  return Array.from(
    { length: count },
    (_, i) => points[Math.round((i * (points.length - 1)) / Math.max(1, count - 1))]!,
  );
}

const SHORT: Readonly<Record<string, string>> = {
  clipFactor: 'λ',
  batchSize: 'B',
  'learningRate.base': 'lr',
  model: '',
};

function nameOf({ values }: Point, axes: readonly Axis[]): string {
  return axes
    .slice(0, 2)
    .map(({ path, label }) => `${SHORT[path] ?? path} ${label(values[path])}`.trim())
    .join(', ');
}
