import type { SweepConfig, Trial } from '../schema/index.js';
import { type AxisValue, sweptAxes, valuesOf } from './axes.js';
import { contentHash } from './canonical-json.js';
import { keysOfSeed } from './trial-references.js';

/**
 * `trials` of `config` in the order in which they are started, `longest` by default. Pure: changes nothing of what they compute.
 *
 * `longest`: those with most steps first, for one of them, started last, would run alone at the end. `random`: shuffled by `trial.seed`; a trial
 * keeps its place among the others where more are added. `coarse-to-fine`: every other value of each axis first, of those again every other,
 * so that a map shows early; all of it with one seed before the next.
 */
export function orderTrials(
  trials: readonly Trial[],
  config: Pick<SweepConfig, 'order' | 'trial' | 'references'>,
): Trial[] {
  const { order = 'longest', trial, references } = config;
  const place =
    order === 'random'
      ? shuffled(trial.seed)
      : order === 'longest'
        ? () => []
        : coarseness(trials, keysOfSeed(references));
  const places = new Map(trials.map((each) => [each.id, place(each)]));
  // What is at one place is ordered by length, and of equal length as it was planned.
  return trials.toSorted((a, b) => compare(places.get(a.id)!, places.get(b.id)!) || b.derived.steps - a.derived.steps);
}

type Place = readonly (number | string)[];

function compare(a: Place, b: Place): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

const shuffled =
  (seed: number) =>
  ({ id }: Trial): Place => [contentHash([seed, id])];

/** Where a trial stands from coarse to fine: its seed, then the finest of its values. */
function coarseness(trials: readonly Trial[], ofSeed: ReadonlySet<string>): (trial: Trial) => Place {
  const rows = new Map(trials.map(({ id, config }) => [id, valuesOf(config)]));
  const axes = sweptAxes([...rows.values()]);
  const ranks = axes.map(({ path, values }) => {
    const isOfSeed = ofSeed.has(path);
    return {
      path,
      isOfSeed,
      rank: new Map(values.map((value, i) => [value, isOfSeed ? i : levelOf(i, values.length)])),
    };
  });
  const rankAt = (row: Readonly<Record<string, AxisValue>>, { path, rank }: (typeof ranks)[number]) =>
    rank.get(row[path])!;
  return ({ id }) => {
    const row = rows.get(id)!;
    const seeds = ranks.filter(({ isOfSeed }) => isOfSeed).map((axis) => rankAt(row, axis));
    const levels = ranks.filter(({ isOfSeed }) => !isOfSeed).map((axis) => rankAt(row, axis));
    return [Math.max(0, ...seeds), Math.max(0, ...levels)];
  };
}

/** 0 for the coarsest values: of five, the first and the last; 1 the middle one; 2 those between. */
function levelOf(index: number, count: number): number {
  const finest = Math.floor(Math.log2(Math.max(1, count - 1)));
  if (index === 0) return 0;
  let level = finest;
  for (let i = index; i % 2 === 0 && level > 0; i /= 2) level--;
  return level;
}
