import {
  type Axis,
  type AxisValue,
  combinationKey,
  combinationOf,
  keysOfSeed,
  leaves,
  sweptAxes,
} from '../../plan/index.js';
import type { TrialRecord } from '../../schema/index.js';
import { meanOf, sampleSd, studentTQuantile } from '../../statistics/index.js';
import { isFigure } from '../../text/index.js';
import { groupBy } from '../figures/group-by.js';

/** One combination of values that both sweeps have, over their common seeds. */
interface ComparedRow {
  /** Its values by path; the seed and what tells the sweeps apart are not among them. */
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  /** Seeds of which both trials are done. */
  readonly pairs: number;
  /** B - A in percentage points by seed (and repeat), of those. */
  readonly bySeed: Readonly<Record<string, number>>;
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
  /** Absent where no pair is done. */
  readonly overall?: OverallDifference;
}

/** B - A over all rows that have a difference, in percentage points. */
export interface OverallDifference {
  readonly mean: number;
  readonly rows: number;
  /** Seeds (and repeats) of which pairs are done. */
  readonly seeds: number;
  /**
   * 95 % interval of the mean for these rows: Student's t over the seeds, which share initial weights and data order throughout
   * the rows. Absent with one seed.
   */
  readonly interval?: readonly [low: number, high: number];
}

/**
 * Pairs the trials of two sweeps that have the same config and seed, and says how much B is better than A.
 *
 * A key that is constant in each sweep, and another in each, is what is compared (the model, say), not part of the pairing. The paths
 * `ofSeed` belong to the seed, which is among them.
 */
export function compareSweeps(
  a: readonly TrialRecord[],
  b: readonly TrialRecord[],
  ofSeed: ReadonlySet<string> = keysOfSeed(),
): Comparison {
  const [left, right] = [a, b].map((records) =>
    records.map((record) => ({ record, values: valuesOfSide(record, ofSeed) })),
  ) as [Side[], Side[]];
  const treatment = treatmentOf(left, right);
  const isCompared = new Set(treatment.map(({ path }) => path));
  const keyOf = ({ values }: Side) => combinationKey(values, isCompared);
  const partners = new Map(right.map((side) => [keyOf(side), side]));
  const pairs = left.flatMap((side) => {
    const partner = partners.get(keyOf(side));
    return partner ? [{ a: side, b: partner, values: rowValues(side, isCompared) }] : [];
  });
  const rows = [...groupBy(pairs, ({ values }) => combinationKey(values)).values()].map(rowOf);
  const ended = pairs.filter((pair) => isEnded(pair.a) && isEnded(pair.b));
  const only = (one: 'a' | 'b', other: 'a' | 'b') =>
    ended.filter((pair) => hasDiverged(pair[one]) && !hasDiverged(pair[other])).length;
  const overall = overallOf(rows);
  return {
    treatment,
    axes: sweptAxes(rows.map(({ values }) => values)),
    rows,
    alone: { a: a.length - pairs.length, b: b.length - pairs.length },
    divergedOnly: { a: only('a', 'b'), b: only('b', 'a') },
    ...(overall ? { overall } : {}),
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

/** Its combination, with the seed and the repeat, which two sweeps may differ in as in any other value. */
function valuesOfSide({ trial: { config } }: TrialRecord, ofSeed: ReadonlySet<string>): Side['values'] {
  const { seed, repeat } = config;
  return { ...combinationOf(config, ofSeed), seed, ...(repeat === undefined ? {} : { repeat }) };
}

const isEnded = ({ record: { status } }: Side) => status?.status === 'done' || status?.status === 'diverged';
const hasDiverged = ({ record: { status } }: Side) => status?.status === 'diverged';
const accuracyOf = ({ record: { status } }: Side) =>
  status?.status === 'done' && isFigure(status.metrics['accuracy']) ? 100 * status.metrics['accuracy'] : undefined;
const seedOf = ({ values: { seed, repeat = 1 } }: Side) => (repeat === 1 ? `${seed}` : `${seed}, repeat ${repeat}`);

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
  const bySeed = Object.fromEntries(
    pairs.flatMap(({ a, b }) => {
      const [before, after] = [accuracyOf(a), accuracyOf(b)];
      return before === undefined || after === undefined ? [] : [[seedOf(a), after - before] as const];
    }),
  );
  const differences = Object.values(bySeed);
  return {
    values: pairs[0]!.values,
    a: sideOf(pairs.map(({ a }) => a)),
    b: sideOf(pairs.map(({ b }) => b)),
    pairs: differences.length,
    bySeed,
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

function overallOf(rows: readonly ComparedRow[]): OverallDifference | undefined {
  const measured = rows.filter(({ difference }) => difference !== undefined);
  if (measured.length === 0) return undefined;
  const mean = meanOf(measured.map(({ difference }) => difference!));
  const seeds = new Set(measured.flatMap(({ bySeed }) => Object.keys(bySeed)));
  // What a seed adds throughout: rows that lack some seeds would else count as a difference between seeds.
  const compared = measured.filter(({ pairs }) => pairs > 1);
  const effects = [...seeds].flatMap((seed) => {
    const own = compared.flatMap(({ bySeed, difference }) => (seed in bySeed ? bySeed[seed]! - difference! : []));
    return own.length > 0 ? meanOf(own) : [];
  });
  const spread = (studentTQuantile(0.975, effects.length - 1) * sampleSd(effects)) / Math.sqrt(effects.length);
  return {
    mean,
    rows: measured.length,
    seeds: seeds.size,
    ...(effects.length > 1 ? { interval: [mean - spread, mean + spread] as const } : {}),
  };
}
