import type { TopLevelSpec } from 'vega-lite';
import { type FigureTheme, themeConfig } from './figure-theme.js';
import { formatClipFactor, formatPercent } from './format-values.js';
import type { SweepSummary, TrialSummary } from './summarize.js';

interface HeatmapText {
  readonly title?: string;
  readonly subtitle?: readonly string[];
}

/** Colours reach this many percentage points below the best; a collapsed trial would flatten all others else. */
const COLOUR_RANGE = 20;

/**
 * The vega-lite spec of test accuracy over clip factor and batch size, for one trial per cell: diverged trials are
 * crossed out on a neutral ground, the best is framed. Pure.
 */
export function heatmapSpec(
  summary: SweepSummary,
  theme: FigureTheme,
  { title, subtitle = [] }: HeatmapText = {},
): TopLevelSpec {
  const { trials } = summary;
  const [low, high] = colourDomain(trials);
  const isClamped = trials.some(
    ({ status, metrics }) => status === 'done' && 100 * (metrics['accuracy'] ?? 100) < low - 0.1,
  );
  const cells = trials.map((trial) => cell(trial, trial.id === summary.best, (low + high) / 2));
  const position = {
    x: {
      field: 'batch',
      type: 'ordinal',
      sort: sortedBatchSizes(trials),
      title: 'batch size',
      axis: { labelAngle: 0, ticks: false, domain: false },
      scale: { paddingInner: 0.04 },
    },
    y: {
      field: 'clip',
      type: 'ordinal',
      sort: sortedClipFactors(trials),
      title: 'clip factor (λ)',
      axis: { ticks: false, domain: false },
      scale: { paddingInner: 0.06 },
    },
  } as const;
  const where = (test: string) => [{ filter: test }];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(title === undefined ? {} : { title: { text: title, subtitle: [...subtitle] } }),
    ...(theme.background === null ? { background: 'transparent' } : { background: theme.background }),
    padding: title === undefined ? 4 : 24,
    width: { step: 136 },
    height: { step: 78 },
    data: { values: cells },
    encoding: position,
    config: themeConfig(theme),
    layer: [
      {
        transform: where("datum.kind === 'done'"),
        mark: { type: 'rect', cornerRadius: 3 },
        encoding: {
          color: {
            field: 'accuracy',
            type: 'quantitative',
            scale: { scheme: 'viridis', domain: [low, high], clamp: true },
            legend: {
              title: 'test accuracy, %',
              gradientLength: 200,
              values: ticks(low, high),
              format: '.1f',
              // Below the lowest colour lie all worse accuracies.
              ...(isClamped ? { labelExpr: `datum.value <= ${low} ? '≤ ' + datum.label : datum.label` } : {}),
            },
          },
        },
      },
      {
        transform: where("datum.kind !== 'done'"),
        mark: {
          type: 'rect',
          fill: theme.empty,
          stroke: theme.muted,
          strokeWidth: 1,
          strokeDash: [3, 3],
          cornerRadius: 3,
        },
      },
      {
        transform: where("datum.kind === 'diverged'"),
        mark: {
          type: 'point',
          shape: 'M-1,-1L1,1M-1,1L1,-1',
          size: 300,
          stroke: theme.muted,
          strokeWidth: 2.5,
          opacity: 1,
          yOffset: -10,
        },
      },
      {
        transform: where('datum.isBest'),
        mark: { type: 'rect', fill: null, stroke: theme.ink, strokeWidth: 3, cornerRadius: 3 },
      },
      ...labelStyles(theme).map(({ kind, ...style }) => ({
        transform: where(`datum.label.kind === '${kind}'`),
        mark: { type: 'text' as const, ...style },
        encoding: { text: { field: 'label.text', type: 'nominal' as const } },
      })),
    ],
  } as TopLevelSpec;
}

const labelStyles = ({ muted }: FigureTheme) => [
  { kind: 'onBright', fontSize: 18, color: '#10151b' },
  { kind: 'onDark', fontSize: 18, color: '#ffffff' },
  { kind: 'diverged', fontSize: 11, color: muted, dy: 21 },
  { kind: 'other', fontSize: 11.5, color: muted },
];

function cell({ config, status, metrics, step }: TrialSummary, isBest: boolean, middle: number) {
  const accuracy = metrics['accuracy'];
  const isDone = status === 'done' && accuracy !== undefined;
  const kind = isDone ? 'done' : status === 'diverged' ? 'diverged' : 'other';
  const text = {
    done: formatPercent(accuracy),
    diverged: `diverged @ step ${step}`,
    other: status === 'queued' ? 'not run' : status,
  };
  // The upper half of viridis is bright.
  const labelKind = !isDone ? kind : 100 * accuracy > middle ? 'onBright' : 'onDark';
  return {
    clip: formatClipFactor(config.clipFactor),
    batch: String(config.batchSize),
    kind,
    isBest,
    label: { kind: labelKind, text: text[kind] },
    ...(isDone ? { accuracy: 100 * accuracy } : {}),
  };
}

/** Lowest and highest accuracy that get a colour of their own, in %, at least one point apart. */
function colourDomain(trials: readonly TrialSummary[]): [number, number] {
  const values = trials
    .flatMap(({ status, metrics }) => (status === 'done' ? (metrics['accuracy'] ?? []) : []))
    .map((share) => 100 * share);
  if (values.length === 0) return [0, 100];
  const high = Math.max(...values);
  const low = Math.max(Math.min(...values), high - COLOUR_RANGE);
  return [Math.min(low, high - 1), high].map((value) => Math.round(value * 10) / 10) as [number, number];
}

const ticks = (low: number, high: number): number[] =>
  [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(10 * (low + share * (high - low))) / 10);

/** The batch sizes of `trials`, ascending. */
export const sortedBatchSizes = (trials: readonly TrialSummary[]): string[] =>
  [...new Set(trials.map(({ config }) => config.batchSize))].sort((a, b) => a - b).map(String);

/** The clip factors of `trials`, weakest clipping first: `off`, then descending. */
export const sortedClipFactors = (trials: readonly TrialSummary[]): string[] =>
  [...new Set(trials.map(({ config }) => config.clipFactor))]
    .sort((a, b) => (b === 'off' ? Number.POSITIVE_INFINITY : b) - (a === 'off' ? Number.POSITIVE_INFINITY : a) || 0)
    .map(formatClipFactor);
