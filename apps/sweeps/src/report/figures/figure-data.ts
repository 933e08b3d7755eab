import { type Axis, type AxisValue, axisOf, combinationOf, keysOfSeed, sweptAxes } from '../../plan/index.js';
import { type FullTrialRecord, type MetricsLine, trialSeconds } from '../../schema/index.js';
import { meanOf, sampleSd } from '../../statistics/index.js';
import { isFigure } from '../../text/index.js';
import { axisImportance, type Importance } from '../importance/axis-importance.js';
import type { TrialState } from '../summarize.js';
import { groupBy } from './group-by.js';
import { modelKind } from './model-kind.js';

/** One trial, as figures see it: whatever its config may say, as values by dotted path. */
export interface FigureTrial {
  readonly id: string;
  /** Leaves of the config, by path (`clipFactor`, `dataset.train`), without the seed and which repeat it is. */
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly seed: number;
  readonly kind: string;
  readonly state: TrialState;
  /** Steps made, of `steps`; of a trial that diverged, the step at which it was lost. */
  readonly step: number;
  readonly steps: number;
  /** Share of the test images, 0 to 1; of trials that are done. */
  readonly accuracy?: number;
  readonly seconds?: number;
  /** Read from the disk when asked for. */
  readonly metrics: () => readonly MetricsLine[];
}

/** The trials that differ in nothing but their seed. */
export interface Point {
  readonly values: FigureTrial['values'];
  readonly kind: string;
  readonly trials: readonly FigureTrial[];
  /** How many are done or diverged, and how many of those diverged. */
  readonly ended: number;
  readonly diverged: number;
  /** Mean accuracy of those that are done, in percent, and its standard deviation (of a sample; 0 for one). */
  readonly mean?: number;
  readonly sd: number;
  readonly done: number;
  /** Mean seconds of those that are done. */
  readonly seconds?: number;
}

/** What all figures are made of. */
export interface FigureData {
  readonly points: readonly Point[];
  /** The config values that differ among the trials, clip factor and batch size first. */
  readonly axes: readonly Axis[];
  /** The largest number of seeds of a point. */
  readonly seeds: number;
  /** How much each axis matters; made when it is asked for. */
  readonly importance: Importance | undefined;
}

/**
 * The figures' view of `records`, whose paths `ofSeed` belong to the seed, which is among them. Pure, but for metrics that are read
 * when asked for.
 */
export function figureData(
  records: readonly FullTrialRecord[],
  ofSeed: ReadonlySet<string> = keysOfSeed(),
): FigureData {
  const trials = records.map((record) => figureTrial(record, ofSeed));
  const axes = sweptAxes(trials.map(({ values }) => values));
  const points = [
    ...groupBy(trials, ({ values }) => axes.map(({ path }) => JSON.stringify(values[path])).join()).values(),
  ].map(pointOf);
  let importance: Importance | undefined | null = null;
  return {
    points,
    axes,
    seeds: Math.max(0, ...points.map(({ trials }) => trials.length)),
    get importance() {
      if (importance === null) importance = axisImportance(axes, points);
      return importance;
    },
  };
}

function figureTrial(record: FullTrialRecord, ofSeed: ReadonlySet<string>): FigureTrial {
  const { trial, status } = record;
  const state = status?.status ?? 'queued';
  const measured = state === 'done' ? status?.metrics['accuracy'] : undefined;
  const accuracy = isFigure(measured) ? measured : undefined;
  const seconds = status && trialSeconds(status);
  return {
    id: trial.id,
    values: combinationOf(trial.config, ofSeed),
    seed: Number(trial.config.seed ?? 0),
    kind: modelKind(trial.config),
    state,
    step: status?.lostAt ?? status?.step ?? 0,
    steps: trial.derived.steps,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(seconds === undefined ? {} : { seconds }),
    metrics: () => record.metrics,
  };
}

function pointOf(trials: readonly FigureTrial[]): Point {
  const done = trials.flatMap(({ accuracy }) => (accuracy === undefined ? [] : 100 * accuracy));
  const diverged = trials.filter(({ state }) => state === 'diverged').length;
  const seconds = trials.flatMap(({ accuracy, seconds }) => (accuracy === undefined ? [] : (seconds ?? [])));
  const { values, kind } = trials[0]!;
  return {
    values,
    kind,
    trials,
    ended: done.length + diverged,
    diverged,
    done: done.length,
    ...(done.length > 0 ? { mean: meanOf(done) } : {}),
    sd: sampleSd(done),
    ...(seconds.length > 0 ? { seconds: meanOf(seconds) } : {}),
  };
}

/** The points that share all values but those of `axes`: of all such sets the one with most points, what it shares, and how many are left out. */
export function largestSlice({ points, axes }: FigureData, shown: readonly Axis[]) {
  const others = axes.filter(({ path }) => !shown.some((axis) => axis.path === path));
  const slices = [
    ...groupBy(points, ({ values }) => others.map(({ path }) => JSON.stringify(values[path])).join()).values(),
  ];
  const best = (slice: readonly Point[]) => Math.max(-1, ...slice.map(({ mean }) => mean ?? -1));
  const slice = slices.toSorted((a, b) => b.length - a.length || best(b) - best(a))[0] ?? [];
  const first = slice[0];
  const where = others.map(({ path, title, label }) => `${title} ${label(first?.values[path])}`).join(', ');
  return {
    points: slice,
    /** A sentence on the values that were held and on what is not shown; empty where there are no others. */
    held: where === '' ? '' : ` ${trialsIn(slice)} of ${trialsIn(points)} trials are shown, those with ${where}.`,
    axes: shown.map(({ path }) =>
      axisOf(
        path,
        slice.map(({ values }) => values),
      ),
    ),
  };
}

const trialsIn = (points: readonly Point[]): number => points.reduce((sum, { trials }) => sum + trials.length, 0);
