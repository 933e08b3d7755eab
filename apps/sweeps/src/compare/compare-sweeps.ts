import { type Axis, type AxisValue, leaves, sweptAxes } from '../axes.js';
import { meanOf, sampleSd } from '../figures/figure-data.js';
import { mulberry32, quantile } from '../figures/fit-frontier.js';
import { groupBy } from '../figures/group-by.js';
import type { TrialRecord } from '../run-folder.js';

/** One combination of values that both sweeps have, over their common seeds. */
interface ComparedRow {
  /** Its values by path; the seed and what tells the sweeps apart are not among them. */
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  /** Seeds of which both trials are done. */
  readonly pairs: number;
  /** Mean of B - A over those, in percentage points, and its standard deviation. */
  readonly difference?: number;
  readonly sd: number;
}

/** The trials of one sweep in a row. */
export interface ComparedSide {
  /** Mean accuracy in percent of those that are done. */
  readonly mean?: number;
  readonly done: number;
  readonly diverged: number;
  readonly trials: number;
}

/** Two sweeps, trial by trial. */
export interface Comparison {
  /** What the sweeps differ in throughout. */
  readonly treatment: readonly { readonly path: string; readonly a: AxisValue; readonly b: AxisValue }[];
  /** What tells the rows apart. */
  readonly axes: readonly Axis[];
  readonly rows: readonly ComparedRow[];
  /** Trials that the other sweep has no partner for. */
  readonly alone: { readonly a: number; readonly b: number };
  /** Trials of pairs that both ended, of which exactly one diverged. */
  readonly divergedOnly: { readonly a: number; readonly b: number };
  /** Mean over the rows that have a difference, with a 95 % interval from a bootstrap over rows; absent without any. */
  readonly overall?: { readonly mean: number; readonly low: number; readonly high: number; readonly rows: number };
}

const RESAMPLES = 2000;

/**
 * Pairs the trials of two sweeps that have the same config and seed, and says how much B is better than A.
 *
 * A key that is constant in each sweep, and another in each, is what is compared (the model, say), not part of the pairing.
 */
export function compareSweeps(a: readonly TrialRecord[], b: readonly TrialRecord[]): Comparison {
  const [left, right] = [a, b].map((records) =>
    records.map((record) => ({ record, values: leaves(record.trial.config) })),
  ) as [Side[], Side[]];
  const treatment = treatmentOf(left, right);
  const isCompared = new Set(treatment.map(({ path }) => path));
  const keyOf = ({ values }: Side) =>
    JSON.stringify(
      Object.entries(values)
        .filter(([path]) => !isCompared.has(path))
        .sort(),
    );
  const partners = new Map(right.map((side) => [keyOf(side), side]));
  const pairs = left.flatMap((side) => {
    const partner = partners.get(keyOf(side));
    return partner ? [{ a: side, b: partner, values: rowValues(side, isCompared) }] : [];
  });
  const rows = [...groupBy(pairs, ({ values }) => JSON.stringify(Object.entries(values).sort())).values()].map(rowOf);
  const ended = pairs.filter((pair) => isEnded(pair.a) && isEnded(pair.b));
  const only = (one: 'a' | 'b', other: 'a' | 'b') =>
    ended.filter((pair) => hasDiverged(pair[one]) && !hasDiverged(pair[other])).length;
  const differences = rows.flatMap(({ difference }) => difference ?? []);
  return {
    treatment,
    axes: sweptAxes(rows.map(({ values }) => values)),
    rows,
    alone: { a: a.length - pairs.length, b: b.length - pairs.length },
    divergedOnly: { a: only('a', 'b'), b: only('b', 'a') },
    ...(differences.length > 0 ? { overall: { ...bootstrap(differences), rows: differences.length } } : {}),
  };
}

/** The keys of which the sweeps have no value in common, seeds among them: `clipFactor: off in A, 0.04 or 0.08 in B`. */
export function valuesApart(a: readonly TrialRecord[], b: readonly TrialRecord[]): string[] {
  const [left, right] = [a, b].map((records) => records.map(({ trial }) => leaves(trial.config)));
  const paths = [...new Set([...left!, ...right!].flatMap(Object.keys))];
  return paths.flatMap((path) => {
    const [inA, inB] = [left!, right!].map((rows) => [...new Set(rows.map((row) => row[path]))]) as [
      AxisValue[],
      AxisValue[],
    ];
    const isCompared = inA.length === 1 && inB.length === 1;
    if (isCompared || inA.some((value) => inB.includes(value))) return [];
    const list = (values: readonly AxisValue[]) => values.map((value) => value ?? 'default').join(' or ');
    return [`${path}: ${list(inA)} in A, ${list(inB)} in B`];
  });
}

interface Side {
  readonly record: TrialRecord;
  readonly values: Readonly<Record<string, AxisValue>>;
}

const isEnded = ({ record: { status } }: Side) => status?.status === 'done' || status?.status === 'diverged';
const hasDiverged = ({ record: { status } }: Side) => status?.status === 'diverged';
const accuracyOf = ({ record: { status } }: Side) =>
  status?.status === 'done' && status.metrics['accuracy'] !== undefined ? 100 * status.metrics['accuracy'] : undefined;

function treatmentOf(a: readonly Side[], b: readonly Side[]): Comparison['treatment'] {
  const paths = [...new Set([...a, ...b].flatMap(({ values }) => Object.keys(values)))];
  return paths.flatMap((path) => {
    const [inA, inB] = [a, b].map((sides) => [...new Set(sides.map(({ values }) => values[path]))]) as [
      AxisValue[],
      AxisValue[],
    ];
    return inA.length === 1 && inB.length === 1 && inA[0] !== inB[0] ? [{ path, a: inA[0], b: inB[0] }] : [];
  });
}

function rowValues({ values }: Side, isCompared: ReadonlySet<string>): ComparedRow['values'] {
  return Object.fromEntries(
    Object.entries(values).filter(([path]) => path !== 'seed' && path !== 'repeat' && !isCompared.has(path)),
  );
}

function rowOf(pairs: readonly { a: Side; b: Side; values: ComparedRow['values'] }[]): ComparedRow {
  const differences = pairs.flatMap(({ a, b }) => {
    const [before, after] = [accuracyOf(a), accuracyOf(b)];
    return before === undefined || after === undefined ? [] : after - before;
  });
  return {
    values: pairs[0]!.values,
    a: sideOf(pairs.map(({ a }) => a)),
    b: sideOf(pairs.map(({ b }) => b)),
    pairs: differences.length,
    ...(differences.length > 0 ? { difference: meanOf(differences) } : {}),
    sd: sampleSd(differences),
  };
}

function sideOf(sides: readonly Side[]): ComparedSide {
  const accuracies = sides.flatMap((side) => accuracyOf(side) ?? []);
  return {
    ...(accuracies.length > 0 ? { mean: meanOf(accuracies) } : {}),
    done: accuracies.length,
    diverged: sides.filter(hasDiverged).length,
    trials: sides.length,
  };
}

/** Mean of `values` and the middle 95 % of the means of resamples. */
function bootstrap(values: readonly number[]): { mean: number; low: number; high: number } {
  const random = mulberry32(1);
  const means = Array.from({ length: RESAMPLES }, () =>
    meanOf(values.map(() => values[Math.floor(random() * values.length)]!)),
  ).sort((a, b) => a - b);
  return { mean: meanOf(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}
