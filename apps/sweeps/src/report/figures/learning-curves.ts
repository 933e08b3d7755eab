import { type Axis, type AxisValue, isContinuous } from '../../plan/index.js';
import type { MetricsLine, ProgressLine } from '../../schema/index.js';
import { meanOf } from '../../statistics/index.js';
import { isFigure } from '../../text/index.js';
import type { FigureMaker } from './figure.js';
import { largestSlice, type Point } from './figure-data.js';
import { CROSS } from './figure-theme.js';
import { heatmapAxes } from './heatmap.js';
import { MOST_SERIES, seriesEncoding } from './series.js';

/** Curves are averaged down to this many points. */
const POINTS = 60;
const MOST_PANELS = 8;
/** Of more seeds the mean looks the same, and every one is a file to read. */
const MOST_SEEDS = 20;

/** Training loss by images seen: a panel for each value across the heatmap, a line for each value down it. */
export const learningCurves: FigureMaker = (data) => {
  const name = 'curves';
  const continuous = heatmapAxes(data).find((axis) => isContinuous(axis, data.points.length));
  if (continuous) return { name, reason: `values of ${continuous.title} hardly repeat, and have no lines in common` };
  const { points, axes, held } = largestSlice(data, heatmapAxes(data));
  const [lines, panels] = axes.map(evenlyChosen) as [Axis, Axis];
  const shown = points.filter(
    ({ values }) => lines.values.includes(values[lines.path]) && panels.values.includes(values[panels.path]),
  );
  const curves = shown.map((point) => curvesOf(point, lines, panels));
  if (curves.every(({ curve, crosses }) => curve.length === 0 && crosses.length === 0))
    return { name, reason: 'no trial has made a step' };
  const isChosen = shown.length < points.length ? ' An even choice of the values is shown.' : '';
  return {
    name,
    title: 'Learning curves',
    note: `Training loss${seedsNote(data.seeds)}; a cross where a trial diverged.${isChosen}${held}`,
    draw: () => draw(curves, lines, panels),
  };
};

function seedsNote(seeds: number): string {
  if (seeds < 2) return '';
  const which = seeds > MOST_SEEDS ? `those of the first ${MOST_SEEDS} of ${seeds} seeds` : 'the seeds';
  return `, mean over ${which} that trained to the end`;
}

/** `axis` with at most as many values as can be told apart. */
function evenlyChosen(axis: Axis, place: number): Axis {
  const most = place === 0 ? MOST_SERIES : MOST_PANELS;
  const { values } = axis;
  if (values.length <= most) return axis;
  return {
    ...axis,
    values: Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]),
  };
}

interface Curves {
  readonly line: string;
  readonly panel: string;
  readonly curve: readonly { readonly samples: number; readonly loss: number }[];
  /** Where trials diverged. */
  readonly crosses: readonly { readonly samples: number; readonly loss?: number }[];
}

function curvesOf({ values, trials }: Point, lines: Axis, panels: Axis): Curves {
  const each = trials
    .slice(0, MOST_SEEDS)
    .map((trial) => ({ trial, curve: averagedCurve(trial.metrics(), trial.steps) }));
  const withCurve = each.filter(({ curve }) => curve.length > 0);
  // Of seeds that part ways the mean is neither; that of the survivors is the curve of those that trained.
  const finished = withCurve.filter(({ trial }) => trial.state === 'done');
  const averaged = finished.length > 0 ? finished : withCurve;
  const length = Math.min(...averaged.map(({ curve }) => curve.length));
  const curve = (averaged[0]?.curve ?? []).slice(0, length).map(({ samples }, i) => ({
    samples,
    loss: meanOf(averaged.map(({ curve }) => curve[i]!.loss)),
  }));
  return {
    line: lines.label(values[lines.path]),
    panel: panelName(panels, values[panels.path]),
    curve,
    crosses: each.flatMap(({ trial, curve }) =>
      trial.state === 'diverged'
        ? { samples: trial.step * Number(trial.values['batchSize'] ?? 1), ...lastLoss(curve) }
        : [],
    ),
  };
}

const panelName = ({ title, label }: Axis, value: AxisValue) => `${title.replace(/ \(.*\)$/, '')} ${label(value)}`;

const lastLoss = (curve: Curves['curve']) => (curve.length > 0 ? { loss: curve.at(-1)!.loss } : {});

type FiniteStep = ProgressLine & { readonly loss: number };

/**
 * Steps of `metrics` averaged into the groups that would be `POINTS` for a trial of `planned` steps; losses that are not
 * finite are left out.
 */
export function averagedCurve(metrics: readonly MetricsLine[], planned: number): { samples: number; loss: number }[] {
  const steps = metrics.filter((line): line is FiniteStep => line.type === 'step' && isFigure(line.loss));
  const size = Math.max(1, Math.ceil(planned / POINTS));
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, i) => {
    const group = steps.slice(i * size, (i + 1) * size);
    return { samples: meanOf(group.map(({ samples }) => samples)), loss: meanOf(group.map(({ loss }) => loss)) };
  });
}

/** The largest loss drawn: a loss that shoots off is cut at one and a half times the usual first loss. */
export function lossLimit(curves: readonly Pick<Curves, 'curve'>[]): number {
  const drawn = curves.map(({ curve }) => curve).filter((curve) => curve.length > 0);
  const firsts = drawn.map((curve) => curve[0]!.loss).sort((a, b) => a - b);
  const first = Math.max(1, firsts[Math.floor(firsts.length / 2)] ?? 1);
  const highest = Math.max(1, ...drawn.flatMap((curve) => curve.map(({ loss }) => loss)));
  return Math.min(highest * 1.02, first * 1.5);
}

function draw(curves: readonly Curves[], lines: Axis, panels: Axis): object {
  const limit = lossLimit(curves);
  const names = lines.values.map(lines.label);
  const channels = seriesEncoding('line', lines.title, names);
  const single = panels.values.length === 1;
  // Cut here and not by a clip: far outside of the frame there are numbers that a rasterizer cannot bear.
  const rows = curves.flatMap(({ line, panel, curve }) =>
    curve.map(({ samples, loss }) => ({ line, panel, samples, loss: Math.min(loss, limit), of: curve.length })),
  );
  const lowest = Math.min(limit, ...rows.map(({ loss }) => loss));
  // A little below the lowest, so that no curve lies on the frame.
  const foot = lowest < limit / 3 ? Math.min(0, lowest) : lowest - 0.16 * (limit - lowest) - 0.002 * limit;
  const floor = foot - 0.04 * (limit - foot);
  const crosses = curves.flatMap(({ line, panel, crosses }) =>
    // Those that shot off at the top stand apart by line.
    crosses.map(({ samples, loss = limit }) => ({
      line,
      panel,
      samples,
      loss: Math.min(loss, limit - (0.02 + (0.3 * names.indexOf(line)) / names.length) * (limit - floor)),
    })),
  );
  // One data set for both marks: a facet needs it.
  const values = [
    ...rows.map((row) => ({ ...row, mark: 'line' })),
    ...crosses.map((row) => ({ ...row, mark: 'cross' })),
  ];
  return {
    data: { values },
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: panels.values.map((value) => panelName(panels, value)),
      title: null,
      header: { labelPadding: 3, labelAnchor: 'start' },
    },
    columns: single ? 1 : 2,
    spacing: { row: 12, column: 12 },
    spec: {
      width: single ? 262 : 114,
      height: single ? 150 : 84,
      encoding: {
        x: {
          field: 'samples',
          type: 'quantitative',
          title: 'images seen',
          scale: { nice: false, zero: true },
          axis: { format: '~s', tickCount: 3, grid: false, labelFlush: true },
        },
        y: {
          field: 'loss',
          type: 'quantitative',
          title: 'training loss',
          scale: { domain: [floor, limit], nice: false },
          axis: { tickCount: 4 },
        },
        color: channels.color,
      },
      layer: [
        {
          transform: [{ filter: "datum.mark === 'line'" }],
          mark: { type: 'line', strokeWidth: 1.4, strokeJoin: 'round' },
          encoding: { strokeDash: channels.strokeDash },
        },
        {
          // A line of one point is none.
          transform: [{ filter: "datum.mark === 'line' && datum.of === 1" }],
          mark: { type: 'point', filled: true, size: 30, opacity: 1 },
        },
        {
          transform: [{ filter: "datum.mark === 'cross'" }],
          mark: { type: 'point', shape: CROSS, size: 26, strokeWidth: 1.6, opacity: 1, fill: null },
        },
      ],
    },
  };
}
