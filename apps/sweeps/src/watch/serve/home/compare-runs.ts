import { type Axis, type combinationKey, keysOfSeed } from '../../../plan/index.js';
import { type Answer, compareSweeps, DEFAULT_GOAL, verdict, verdictLines } from '../../../report/index.js';
import { type OpenRun, openRun } from '../../../store/index.js';
import { SweepError } from '../../../sweep-error.js';
import { shellWord } from '../../../text/index.js';

/** A run folder that is compared. */
export interface NamedRun {
  readonly folder: string;
  readonly dir: string;
}

/** Trials of one sweep in a row: mean accuracy in percent, its standard deviation over seeds, and how many there are. */
export interface ShownSide {
  readonly mean?: number;
  readonly sd?: number;
  readonly trained: number;
  readonly diverged: number;
  readonly open: number;
}

/** One combination of values that both sweeps have. */
interface ShownRow {
  readonly at: string;
  readonly a: ShownSide;
  readonly b: ShownSide;
  /** B - A in percentage points, mean and ends of the interval, and by seed where both trials are done. */
  readonly difference?: number;
  readonly interval?: readonly [low: number, high: number];
  readonly bySeed: Readonly<Record<string, number>>;
  readonly answer: Answer;
  /** Seeds that it takes to decide; null where no number that can be run does. */
  readonly seeds?: number | null;
}

/** A sweep against the first. */
export interface ShownComparison {
  readonly folder: string;
  /** Why they cannot be compared. */
  readonly problem?: string;
  /** `model: nfnet_f0 in A, nfnet_f1 in B`. */
  readonly treatment?: readonly string[];
  readonly answer?: Answer;
  readonly rows?: readonly ShownRow[];
  /** Rows that there are, of which the first are given. */
  readonly total?: number;
  /** Trials without a partner in the other sweep. */
  readonly alone?: { readonly a: number; readonly b: number };
  /** What `nf-sweeps verdict` prints. */
  readonly lines?: readonly string[];
  /** The command that says the same. */
  readonly command?: string;
}

/** Sweeps side by side. */
export interface ShownComparisons {
  readonly base: string;
  /** Chance to keep a B that is no better, in all of them together; and in each of them. */
  readonly level: number;
  readonly levelOfEach: number;
  readonly margin: number;
  readonly comparisons: readonly ShownComparison[];
}

/** More do not fit a page. */
const MOST_ROWS = 200;

/** The first of `runs` against each of the others, as `compare` and `verdict` judge them; the level is shared among the others. */
export async function compareRuns([base, ...others]: readonly [NamedRun, ...NamedRun[]]): Promise<ShownComparisons> {
  const { level, margin } = DEFAULT_GOAL;
  const levelOfEach = Number((level / Math.max(1, others.length)).toPrecision(3));
  const first = await opened(base);
  const comparisons: ShownComparison[] = [];
  for (const other of others) {
    const second = await opened(other);
    const problem = [first, second].find((run) => typeof run === 'string');
    if (problem !== undefined) comparisons.push({ folder: other.folder, problem: problem as string });
    else comparisons.push(compared(base, other, [first, second] as [OpenRun, OpenRun], levelOfEach));
  }
  return { base: base.folder, level, levelOfEach, margin, comparisons };
}

async function opened({ dir }: NamedRun): Promise<OpenRun | string> {
  try {
    return await openRun(dir, { isReadOnly: true });
  } catch (error) {
    return (error as Error).message;
  }
}

function compared(base: NamedRun, other: NamedRun, [a, b]: readonly [OpenRun, OpenRun], level: number) {
  const goal = { ...DEFAULT_GOAL, level };
  const { folder } = other;
  const seedKeys = [a, b].map(({ plan }) => keysOfSeed(plan.config.references));
  const comparison = compareSweeps(a.records, b.records, new Set(seedKeys.flatMap((keys) => [...keys])));
  try {
    const sides = [a, b].map(({ records }, i) => ({ records, ofSeed: seedKeys[i]! }));
    const found = verdict({ a: sides[0]!, b: sides[1]! }, goal);
    const { axes, treatment, pairs } = found.matched;
    const bySeed = new Map(comparison.rows.map((row) => [keyAt(axes, row.values), row.bySeed]));
    const said = (axis: Axis, { values }: (typeof pairs)[number]['a']) => axis.label(values[axis.path]);
    return {
      folder,
      treatment: treatment.map(
        (axis) => `${axis.path}: ${said(axis, pairs[0]!.a)} in A, ${said(axis, pairs[0]!.b)} in B`,
      ),
      answer: found.answer,
      rows: found.judgements.slice(0, MOST_ROWS).map(({ at, a, b, difference, interval, answer, seeds }) => ({
        at: axes.map(({ path, short, label }) => `${short} ${label(at[path])}`).join(', '),
        a: sideOf(a),
        b: sideOf(b),
        ...(difference === undefined ? {} : { difference }),
        ...(interval ? { interval } : {}),
        bySeed: bySeed.get(keyAt(axes, at)) ?? {},
        answer,
        ...(seeds === undefined ? {} : { seeds }),
      })),
      total: found.judgements.length,
      alone: comparison.alone,
      lines: verdictLines(found, goal),
      command: ['nf-sweeps verdict', shellWord(base.dir), shellWord(other.dir), ...levelOption(level)].join(' '),
    };
  } catch (error) {
    if (error instanceof SweepError) return { folder, problem: error.message };
    throw error;
  }
}

const keyAt = (axes: readonly Axis[], values: Parameters<typeof combinationKey>[0]): string =>
  JSON.stringify(axes.map(({ path }) => values[path] ?? null));

const sideOf = ({ mean, sd, trained, diverged, open }: ShownSide): ShownSide => ({
  ...(mean === undefined ? {} : { mean }),
  ...(sd === undefined ? {} : { sd }),
  ...{ trained, diverged, open },
});

const levelOption = (level: number): string[] => (level === DEFAULT_GOAL.level ? [] : ['--level', String(level)]);
