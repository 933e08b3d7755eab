import type { TopLevelSpec } from 'vega-lite';
import { type FigureTheme, themeConfig } from './figure-theme.js';
import { formatClipFactor } from './format-values.js';
import type { FullTrialRecord } from './run-folder.js';
import type { MetricsLine } from './trial-folder.js';

/** Distinct for the colour-blind and readable on white and on near-black (after Okabe and Ito). */
const LINE_COLOURS = ['#0f7fc4', '#e08a00', '#12986f', '#c6619a', '#8a7bd8', '#a08a00', '#d1495b'];

/** Curves are averaged down to this many points. */
const POINTS = 70;

/** The colour of each clip factor's line; `off` is the one that is dashed. */
export function lineColours(clipFactors: readonly string[]): Map<string, string> {
  return new Map(clipFactors.map((clip, i) => [clip, LINE_COLOURS[i % LINE_COLOURS.length]!]));
}

interface CurveOptions {
  readonly theme: FigureTheme;
  readonly colours: ReadonlyMap<string, string>;
  /** Largest x (images) and y (loss) of all panels, so that they can be compared. */
  readonly limits: CurveLimits;
}

export interface CurveLimits {
  readonly samples: number;
  readonly loss: number;
}

/**
 * The vega-lite spec of training loss by images seen, a line per trial of `records` (which share a batch size), with a
 * cross where one diverged. Pure.
 */
export function learningCurvesSpec(
  records: readonly FullTrialRecord[],
  { theme, colours, limits }: CurveOptions,
): TopLevelSpec {
  const points = records.flatMap(({ trial, metrics }) =>
    averagedCurve(metrics).map((point) => ({ ...point, clip: formatClipFactor(trial.config.clipFactor) })),
  );
  const ends = divergedEnds(records, limits);
  const encoding = {
    x: {
      field: 'samples',
      type: 'quantitative',
      title: 'images seen',
      scale: { domain: [0, limits.samples], nice: false },
      axis: { format: '~s', tickCount: 4, grid: false },
    },
    y: {
      field: 'loss',
      type: 'quantitative',
      title: 'training loss',
      scale: { domain: [0, limits.loss], nice: false },
      axis: { tickCount: 5 },
    },
    color: {
      field: 'clip',
      type: 'nominal',
      scale: { domain: [...colours.keys()], range: [...colours.values()] },
      legend: null,
    },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: theme.background ?? 'transparent',
    padding: 4,
    width: 300,
    height: 190,
    config: themeConfig(theme),
    encoding,
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', clip: true, strokeWidth: 2, strokeJoin: 'round' },
        encoding: { strokeDash: { condition: { test: "datum.clip === 'off'", value: [5, 3] }, value: [1, 0] } },
      },
      {
        data: { values: ends },
        mark: { type: 'point', shape: 'M-1,-1L1,1M-1,1L1,-1', size: 130, strokeWidth: 2.5, opacity: 1, fill: null },
      },
      ...(['left', 'right'] as const).map((align) => ({
        data: { values: ends.filter((end) => end.align === align) },
        mark: { type: 'text' as const, align, dx: align === 'left' ? 11 : -11, fontSize: 11 },
        encoding: { text: { field: 'label', type: 'nominal' as const } },
      })),
    ],
  } as TopLevelSpec;
}

/** Where the curves of the diverged trials end, inside the limits; those that shot off at the top are stacked. */
function divergedEnds(records: readonly FullTrialRecord[], limits: CurveLimits) {
  let stacked = 0;
  return records.flatMap(({ trial: { config }, status, metrics }) => {
    if (status?.status !== 'diverged') return [];
    const samples = Math.min(limits.samples, status.step * config.batchSize);
    const loss = averagedCurve(metrics).at(-1)?.loss ?? limits.loss;
    return {
      clip: formatClipFactor(config.clipFactor),
      samples,
      loss: loss < 0.9 * limits.loss ? loss : limits.loss * (0.97 - 0.08 * stacked++),
      label: `diverged @ step ${status.step}`,
      // Labels of late ends stand on the left, inside the panel.
      align: samples < limits.samples / 2 ? 'left' : 'right',
    };
  });
}

/** Steps of `metrics` averaged into at most `POINTS` equal groups; losses that are not finite are left out. */
export function averagedCurve(metrics: readonly MetricsLine[]): { samples: number; loss: number }[] {
  const steps = metrics.filter(({ type, loss }) => type === 'step' && loss !== null);
  const size = Math.max(1, Math.ceil(steps.length / POINTS));
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, i) => {
    const group = steps.slice(i * size, (i + 1) * size);
    const mean = (value: (line: MetricsLine) => number) =>
      group.reduce((sum, line) => sum + value(line), 0) / group.length;
    return { samples: mean(({ samples }) => samples), loss: mean(({ loss }) => loss!) };
  });
}

/** Limits that hold all of `records`; a loss that shoots off is cut at one and a half times the largest first loss. */
export function curveLimits(records: readonly FullTrialRecord[]): CurveLimits {
  const curves = records.map(({ metrics }) => averagedCurve(metrics)).filter((curve) => curve.length > 0);
  const first = Math.max(1, ...curves.map((curve) => curve[0]!.loss));
  const highest = Math.max(1, ...curves.flatMap((curve) => curve.map(({ loss }) => loss)));
  return {
    samples: Math.max(1, ...records.map(({ trial: { config } }) => config.epochs * config.dataset.train)),
    loss: Math.min(highest * 1.02, first * 1.5),
  };
}
