import { type Axis, axisOf, numbersOf } from '../../plan/index.js';
import type { FigureMaker } from './figure.js';
import { largestSlice, type Point } from './figure-data.js';
import { COLUMN_WIDTH, type FigureTheme } from './figure-theme.js';
import { type Frontier, fitFrontier } from './fit-frontier.js';
import { labelExpression } from './line-figure.js';

/** Share of seeds that diverged over clip factor and batch size, with the fitted frontier of even odds. */
export const stabilityMap: FigureMaker = (data) => {
  const name = 'stability';
  const rows = data.points.map(({ values }) => values);
  const slice = largestSlice(data, [axisOf('clipFactor', rows), axisOf('batchSize', rows)]);
  const [clips, batches] = slice.axes as [Axis, Axis];
  const factors = numbersOf(clips);
  if (factors.length < 2 || numbersOf(batches).length < 2)
    return { name, reason: 'the sweep has fewer than two clip factors or batch sizes' };
  const ended = slice.points.filter((point) => point.ended > 0);
  if (ended.length === 0) return { name, reason: 'no trial has ended' };
  const frontier = fitFrontier(
    ended.flatMap(({ values, trials }) =>
      typeof values['clipFactor'] !== 'number'
        ? []
        : trials
            .filter(({ state, accuracy }) => state === 'diverged' || accuracy !== undefined)
            .map(({ seed, state }) => ({
              clipFactor: values['clipFactor'] as number,
              batchSize: Number(values['batchSize']),
              seed,
              hasDiverged: state === 'diverged',
            })),
    ),
  );
  return {
    name,
    title: 'Where training diverges',
    note: `Cells: trials that diverged, of those that ended. ${describeFrontier(frontier)}${slice.held}`,
    draw: (theme) => draw(theme, ended, [clips, batches], frontier),
  };
};

/** A bootstrap of fewer seeds draws the same few samples again and again. */
const FEW_SEEDS = 8;

function describeFrontier(frontier: Frontier | undefined): string {
  if (!frontier) return 'No frontier: among clipped trials divergence does not become likelier with the clip factor.';
  const { value, low, high } = frontier.exponent;
  const power = Number.isNaN(value)
    ? ''
    : `: λ ∝ batch^${value.toFixed(2)}${frontier.resamples > 0 ? ` [${low.toFixed(2)}, ${high.toFixed(2)}]` : ''}`;
  const band =
    frontier.resamples > 0
      ? `; band: 95 % of ${frontier.resamples} bootstrap draws of ${frontier.seeds} seeds${frontier.seeds < FEW_SEEDS ? ', which are few: the band is too narrow' : ''}`
      : `; no band: ${frontier.seeds < 2 ? 'the sweep has one seed' : `${frontier.seeds} seeds are too few for one`}`;
  return `Line: even odds by logistic regression in log λ and log batch (Firth's penalty)${power}${band}.`;
}

function draw(
  theme: FigureTheme,
  points: readonly Point[],
  [clipAxis, batchAxis]: readonly [Axis, Axis],
  frontier: Frontier | undefined,
): object {
  const [factors, batches] = [numbersOf(clipAxis), numbersOf(batchAxis)];
  const hasOff = clipAxis.values.includes('off');
  const off = factors.at(-1)! * ratio(factors) * 1.5;
  const xEdges = edges(batches);
  const yEdges = edges(factors);
  const cells = points.map(({ values, diverged, ended }) => {
    const batch = Number(values['batchSize']);
    const [x, x2] = xEdges.get(batch)!;
    const isOff = values['clipFactor'] === 'off';
    const y = isOff ? off : Number(values['clipFactor']);
    const [low, high] = isOff ? [off / Math.sqrt(ratio(factors)), off * Math.sqrt(ratio(factors))] : yEdges.get(y)!;
    return { batch, clip: y, x, x2, y: low, y2: high, share: diverged / ended, text: `${diverged}/${ended}` };
  });
  const xDomain = [xEdges.get(batches[0]!)![0], xEdges.get(batches.at(-1)!)![1]] as const;
  const yDomain = [
    yEdges.get(factors[0]!)![0],
    hasOff ? off * Math.sqrt(ratio(factors)) : yEdges.get(factors.at(-1)!)![1],
  ];
  const line = frontier
    ? Array.from({ length: 41 }, (_, i) => {
        const batch = xDomain[0] * (xDomain[1] / xDomain[0]) ** (i / 40);
        return { batch, ...frontier.at(batch) };
      })
    : [];
  // Inside of the frame, and not clipped to it: a flat frontier goes to numbers that a rasterizer cannot bear.
  const [bottom, top] = yDomain as [number, number];
  const within = (value: number) => Math.min(top, Math.max(bottom, value));
  const drawnLine = line.filter(({ clipFactor }) => clipFactor >= bottom && clipFactor <= top);
  const band = line
    .filter(({ low, high }) => low <= top && high >= bottom)
    .map(({ batch, low, high }) => ({ batch, low: within(low), high: within(high) }));
  const log = (domain: readonly number[]) => ({ type: 'log', base: 2, domain: [...domain], nice: false });
  const x = {
    field: 'batch',
    type: 'quantitative',
    title: 'batch size (images)',
    scale: log(xDomain),
    axis: {
      values: [...batches],
      grid: false,
      labelExpr: labelExpression(batches, batchAxis.label),
      labelOverlap: 'greedy',
    },
  };
  const yAxis = {
    values: [...factors, ...(hasOff ? [off] : [])],
    grid: false,
    labelExpr: labelExpression([...factors, off], (tick) => (tick === off ? 'off' : clipAxis.label(tick))),
    labelOverlap: 'greedy',
  };
  const y = (field: string, title: string | null = 'clip factor λ') => ({
    field,
    type: 'quantitative',
    title,
    scale: log(yDomain),
    axis: yAxis,
  });
  return {
    width: COLUMN_WIDTH,
    height: 24 + 22 * Math.min(10, yAxis.values.length),
    autosize: { type: 'fit-x', contains: 'padding' },
    layer: [
      {
        data: { values: cells },
        mark: { type: 'rect', stroke: theme.background ?? 'var(--paper)', strokeWidth: 1.5 },
        encoding: {
          x: { ...x, field: 'x' },
          x2: { field: 'x2' },
          y: y('y'),
          y2: { field: 'y2' },
          color: {
            field: 'share',
            type: 'quantitative',
            // One hue, dark to the same degree as in grey.
            scale: { domain: [0, 1], range: ['#e6eef5', '#c2703d'], interpolate: 'lab' },
            legend: {
              title: 'share that diverged',
              orient: 'top',
              direction: 'horizontal',
              gradientLength: 120,
              gradientThickness: 7,
              format: '.0%',
              values: [0, 0.5, 1],
            },
          },
        },
      },
      {
        data: { values: cells },
        // In the corner: the frontier runs through the middle of cells.
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'top',
          dx: 4,
          dy: 4,
          fontSize: 8.5,
          color: '#10151b',
          clip: true,
        },
        encoding: { x: { ...x, field: 'x' }, y: y('y2'), text: { field: 'text', type: 'nominal' } },
      },
      ...(frontier && frontier.resamples > 0
        ? [
            {
              data: { values: band },
              mark: { type: 'area', opacity: 0.35, color: '#1b1f24', clip: true },
              encoding: { x, y: y('low'), y2: { field: 'high' } },
            },
          ]
        : []),
      ...(frontier
        ? [
            {
              data: { values: drawnLine },
              mark: { type: 'line', strokeWidth: 2, color: '#10151b', clip: true },
              encoding: { x, y: y('clipFactor') },
            },
          ]
        : []),
    ],
  };
}

/** Mean step of ascending `values`. */
const ratio = (values: readonly number[]) => (values.at(-1)! / values[0]!) ** (1 / (values.length - 1));

/** Lower and upper edge of each of ascending `values`, halfway to its neighbours on a logarithmic scale. */
function edges(values: readonly number[]): Map<number, [number, number]> {
  return new Map(
    values.map((value, i) => {
      const [below, above] = [values[i - 1], values[i + 1]];
      const down = Math.sqrt(value / (below ?? value / (above! / value)));
      const up = Math.sqrt((above ?? value * down ** 2) / value);
      return [value, [value / down, value * up]];
    }),
  );
}
