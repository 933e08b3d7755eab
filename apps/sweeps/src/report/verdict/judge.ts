import type { Combination } from '../../plan/index.js';
import {
  fisherGreater,
  holm,
  meanOf,
  sampleSd,
  samplesFor,
  seedsForFisher,
  studentTCdf,
  studentTQuantile,
} from '../../statistics/index.js';
import type { Cell } from './cells.js';
import { type Estimate, estimate, type Noise } from './estimate.js';
import type { CellPair, MatchedCells } from './match-cells.js';

/** What a verdict is asked for. */
export interface VerdictGoal {
  /** The chance to keep a B that is no better, and that to discard one that is better by the margin, over all looks. */
  readonly level: number;
  /** Least difference that matters, in percentage points. */
  readonly margin: number;
  /** The chance that the seeds asked for decide, where B is better by the margin or no better at all. */
  readonly power: number;
  /** How many times the sweep is looked at as seeds are added. */
  readonly looks: number;
}

export type Answer = 'keep' | 'discard' | 'test again';

/** The trials of one side. */
export interface JudgedSide {
  /** Their ids. */
  readonly trials: readonly string[];
  /** Mean accuracy in percent of those trained to the end, and its standard deviation over seeds. */
  readonly mean?: number;
  readonly sd?: number;
  readonly trained: number;
  readonly diverged: number;
  readonly pruned: number;
  /** Of which nothing is known: queued, running, failed or preempted. */
  readonly open: number;
}

/** B against A where all else is equal. */
export interface Judgement {
  /** Values of what is equal, by path. */
  readonly at: Combination;
  readonly a: JudgedSide;
  readonly b: JudgedSide;
  readonly design?: Estimate['design'];
  /** Pairs; unpaired, trials of A and of B. */
  readonly samples?: readonly number[];
  /** B - A in percentage points. */
  readonly difference?: number;
  /** Where it lies: each end is a one-sided bound at the level of a look. Absent without noise to go by. */
  readonly interval?: readonly [low: number, high: number];
  /** Degrees of freedom of the t test. */
  readonly freedom?: number;
  /** Holm's p values: that B is better than A; that it is not better by the margin. */
  readonly better?: number;
  readonly notBetter?: number;
  /** Holm's p values of Fisher's exact test that B diverges less, and more. Where no trial diverged it is absent. */
  readonly divergesLess?: number;
  readonly divergesMore?: number;
  readonly answer: Answer;
  /** Seeds in all that each cell needs for the power asked for; null where more than can be run. Of those to be tested again. */
  readonly seeds?: number | null;
}

/**
 * Judges each of `matched`: whether B is really better than A.
 *
 * Accuracies of trials that were trained to the end by a moderated t test, counts of diverged trials by Fisher's exact test. All tests of one
 * direction are one family for Holm. An answer by accuracies alone stands only where the other side did not diverge more often. Pure.
 */
export function judge({ pairs, axes }: MatchedCells, goal: VerdictGoal, noise: Noise): Judgement[] {
  const level = goal.level / goal.looks;
  const measured = pairs.map((pair) => ({ pair, found: testable(estimate(pair, noise)), share: shares(pair) }));
  const less = family(measured, level, {
    accuracy: ({ difference, error, freedom }) => 1 - studentTCdf(difference / error, freedom),
    divergence: ({ a, b }) => fisherGreater(a.diverged, ended(a), b.diverged, ended(b)),
  });
  const more = family(measured, level, {
    accuracy: ({ difference, error, freedom }) => studentTCdf((difference - goal.margin) / error, freedom),
    divergence: ({ a, b }) => fisherGreater(b.diverged, ended(b), a.diverged, ended(a)),
  });
  const stricter = level / Math.max(1, less.left, more.left);
  return measured.map(({ pair, found, share }, i) => {
    const { a, b } = pair;
    const plain = estimate(pair, noise);
    const [better, notBetter] = [less.accuracy[i], more.accuracy[i]];
    const [divergesLess, divergesMore] = [less.divergence[i], more.divergence[i]];
    const isAtMost = (p: number | undefined) => p !== undefined && p <= level;
    const answer: Answer = isAtMost(divergesMore)
      ? 'discard'
      : isAtMost(divergesLess)
        ? 'keep'
        : isAtMost(notBetter) && share.b >= share.a
          ? 'discard'
          : isAtMost(better) && share.b <= share.a
            ? 'keep'
            : 'test again';
    const spread = found && studentTQuantile(1 - level, found.freedom) * found.error;
    return {
      at: Object.fromEntries(axes.map(({ path }) => [path, a.values[path]])),
      a: sideOf(a),
      b: sideOf(b),
      ...(plain ? { design: plain.design, samples: plain.samples, difference: plain.difference } : {}),
      ...(found && spread !== undefined
        ? { interval: [found.difference - spread, found.difference + spread] as const, freedom: found.freedom }
        : {}),
      ...defined({ better, notBetter, divergesLess, divergesMore }),
      answer,
      ...(answer === 'test again' ? { seeds: seedsOf(pair, found, { ...goal, level: stricter }) } : {}),
    };
  });
}

interface Measured {
  readonly pair: CellPair;
  readonly found: Estimate | undefined;
  readonly share: { readonly a: number; readonly b: number };
}

/** All tests of one direction, adjusted as one family. */
function family(
  measured: readonly Measured[],
  level: number,
  test: { accuracy: (found: Estimate) => number; divergence: (pair: CellPair) => number },
) {
  const accuracy = measured.map(({ found }) => found && test.accuracy(found));
  // Fisher's test of no diverged trials rejects nothing, and costs the others nothing.
  const divergence = measured.map(({ pair }) =>
    pair.a.diverged + pair.b.diverged > 0 && ended(pair.a) > 0 && ended(pair.b) > 0 ? test.divergence(pair) : undefined,
  );
  const adjusted = holm([...accuracy, ...divergence].filter((p) => p !== undefined));
  const left = adjusted.filter((p) => p > level).length;
  const next = (p: number | undefined) => (p === undefined ? undefined : adjusted.shift());
  return { left, accuracy: accuracy.map(next), divergence: divergence.map(next) };
}

/** Seeds with which a comparison is decided; null where there is no such number. */
function seedsOf({ a, b }: CellPair, found: Estimate | undefined, goal: VerdictGoal): number | null {
  const seeds = Math.max(a.trials.length, b.trials.length);
  const isOpen = [a, b].some((cell) => sideOf(cell).open > 0);
  // Nothing is known of the noise yet: enough to learn it.
  if (!found && a.diverged + b.diverged === 0) return Math.max(isOpen ? seeds : seeds + 1, SEEDS_FOR_NOISE);
  const [first, second] = [a, b].map((cell) => (cell.diverged + 0.5) / (ended(cell) + 1)) as [number, number];
  const { level, power, margin } = goal;
  const forAccuracy = found ? samplesFor(found.pilot, { difference: margin, level, power }) : 0;
  // What is open by its diverged trials alone, or by them too.
  const isApart = shares({ a, b }).a !== shares({ a, b }).b;
  const forDivergence = isApart
    ? seedsForFisher(Math.max(first, second), Math.min(first, second), { level, power })
    : 0;
  const needed = Math.max(forAccuracy, forDivergence);
  // Chance left it open with enough of them: no look at every further one.
  return Number.isFinite(needed) ? Math.max(needed, isOpen ? seeds : Math.ceil(1.5 * seeds)) : null;
}

const SEEDS_FOR_NOISE = 3;

const ended = ({ accuracies, diverged }: Cell) => accuracies.size + diverged;
const shares = ({ a, b }: CellPair) => ({
  a: ended(a) === 0 ? 0 : a.diverged / ended(a),
  b: ended(b) === 0 ? 0 : b.diverged / ended(b),
});
const testable = (found: Estimate | undefined) => (found && found.freedom > 0 && found.error > 0 ? found : undefined);

function sideOf({ accuracies, diverged, pruned, trials }: Cell): JudgedSide {
  const values = [...accuracies.values()];
  return {
    trials,
    ...(values.length > 0 ? { mean: meanOf(values) } : {}),
    ...(values.length > 1 ? { sd: sampleSd(values) } : {}),
    trained: values.length,
    diverged,
    pruned,
    open: trials.length - values.length - diverged - pruned,
  };
}

const defined = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
