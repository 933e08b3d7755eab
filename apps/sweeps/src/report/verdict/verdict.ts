import type { TrialRecord } from '../../schema/index.js';
import { SweepError } from '../../sweep-error.js';
import { type Cell, cellsOf } from './cells.js';
import { type Noise, noiseOf } from './estimate.js';
import { type Answer, type Judgement, judge, type VerdictGoal } from './judge.js';
import { type MatchedCells, matchCells, pathsApart } from './match-cells.js';
import { selectCells } from './select-cells.js';

/** The trials of a run. */
interface JudgedRun {
  readonly records: readonly TrialRecord[];
  /** Paths of values that belong to a seed, beside it. */
  readonly ofSeed?: ReadonlySet<string>;
}

/** What is compared: two runs, or two settings of one. */
export type VerdictQuestion =
  | { readonly a: JudgedRun; readonly b: JudgedRun }
  | { readonly run: JudgedRun; readonly between: readonly [a: string, b: string] };

/** What came of it. */
export interface Verdict {
  readonly matched: MatchedCells;
  readonly judgements: readonly Judgement[];
  readonly noise: Noise;
  /** `test again` while one of the judgements says so; then `keep` where all do. */
  readonly answer: Answer;
}

/**
 * Judges B against A, in all combinations of other values that both have, or in those that have what `where` says. Pure.
 *
 * @throws SweepError for conditions that no trial meets, and where nothing can be compared.
 */
export function verdict(question: VerdictQuestion, goal: VerdictGoal, where: readonly string[] = []): Verdict {
  const [a, b, all] = sides(question);
  const within = new Set(where.reduce<Cell[]>((cells, condition) => selectCells(cells, condition, '--where'), all));
  const inside = (cells: readonly Cell[]) => cells.filter((cell) => within.has(cell));
  const matched = matchCells(inside(a), inside(b), all);
  if (matched.pairs.length === 0) {
    const apart = pathsApart(inside(a), inside(b));
    throw new SweepError(
      [
        'verdict: A and B have no combination of values in common, but for what is the same throughout each of them.',
        ...apart.map((line) => `  ${line}`),
        ...(apart.length > 0 && 'between' in question
          ? ['Give one value of each: --between clip.rule=agc,clip.threshold=0.04 clip.rule=value,clip.threshold=0.1']
          : []),
      ].join('\n'),
    );
  }
  const noise = noiseOf(matched.groups);
  const judgements = judge(matched, goal, noise);
  const answers = new Set(judgements.map(({ answer }) => answer));
  const answer = answers.has('test again') ? 'test again' : answers.has('discard') ? 'discard' : 'keep';
  return { matched, judgements, noise, answer };
}

function sides(question: VerdictQuestion): [a: Cell[], b: Cell[], all: Cell[]] {
  if ('between' in question) {
    const all = cellsOf(question.run.records, question.run.ofSeed);
    const [a, b] = question.between.map((condition) => selectCells(all, condition, '--between')) as [Cell[], Cell[]];
    const both = a.filter((cell) => b.includes(cell));
    if (both.length > 0)
      throw new SweepError(
        `--between: must name two settings that no trial has both of, got ${question.between.join(' and ')}. Give two values of one key.`,
      );
    return [a, b, all];
  }
  const [a, b] = [question.a, question.b].map(({ records, ofSeed }) => cellsOf(records, ofSeed)) as [Cell[], Cell[]];
  return [a, b, [...a, ...b]];
}
