import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/* How often diagnoseClipping was right in the recorded sweeps, as the README of @nfnets/agc and decision 20 say. */

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** A combination of values in `clipping.json`. */
interface Combination {
  readonly name: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly accuracy?: number;
  readonly ended: number;
  readonly diverged: number;
  readonly verdict: string;
  readonly relaxBy: number;
  readonly clippedShare: number;
  readonly advice: readonly string[];
}

const combinationsOf = (sweep: string) => JSON.parse(read(`docs/sweeps/${sweep}/clipping.json`)) as Combination[];

const thresholdOf = ({ values }: Combination) => Number(values['clip.threshold'] ?? values['clipFactor']);

/** Mean accuracy in percent, in which a seed that diverged counts as 0. */
const accuracyOf = ({ accuracy = 0, ended, diverged }: Combination) => (100 * accuracy * (ended - diverged)) / ended;

type Advice = 'looser' | 'tighter' | 'keep';
const adviceOf = ({ relaxBy }: Combination): Advice => (relaxBy > 1 ? 'looser' : relaxBy < 1 ? 'tighter' : 'keep');

/** Of each advice whether it was right; those that nothing was run for are left out. */
function judge(sweep: string): { readonly advice: Advice; readonly isRight: boolean }[] {
  // A larger beta of Stable-SPAM does not clip less.
  const combinations = combinationsOf(sweep).filter(({ values }) => values['clip.rule'] !== 'stable-spam');
  const siblings = (of: Combination) => {
    const others = ({ values: { clipFactor: _, 'clip.threshold': __, ...rest } }: Combination) => JSON.stringify(rest);
    return combinations
      .filter((each) => others(each) === others(of))
      .toSorted((a, b) => thresholdOf(a) - thresholdOf(b));
  };
  return combinations.flatMap((combination) => {
    const advice = adviceOf(combination);
    const thresholds = siblings(combination);
    const at = thresholds.indexOf(combination);
    const gains = { tighter: thresholds[at - 1], looser: thresholds[at + 1] };
    const gainOf = (next: Combination | undefined) =>
      next === undefined ? undefined : accuracyOf(next) - accuracyOf(combination);
    if (advice === 'keep') {
      const isRight = [gains.tighter, gains.looser].every((next) => (gainOf(next) ?? 0) <= 1);
      return { advice, isRight };
    }
    const gain = gainOf(gains[advice]);
    return gain === undefined ? [] : { advice, isRight: gain > 0 };
  });
}

const count = (judged: ReturnType<typeof judge>, advice?: Advice) => {
  const chosen = judged.filter((each) => advice === undefined || each.advice === advice);
  return `${chosen.filter(({ isRight }) => isRight).length} of ${chosen.length}`;
};

describe('the diagnosis of clipping', () => {
  const found = judge('clip-rules-fashion');
  const heldOut = judge('clip-rules-digits');

  it('was right in four of five cases of a sweep that had no say in it', () => {
    expect(heldOut.filter(({ isRight }) => isRight).length / heldOut.length).toBeGreaterThanOrEqual(0.8);
  });

  it('has the counts that decision 20 and the README say', () => {
    const rows = (['looser', 'tighter', 'keep', undefined] as const).map(
      (advice) => `| ${[advice ?? 'all', count(found, advice), count(heldOut, advice)].join(' | ')} |`,
    );
    expect(read('docs/decisions/0020-when-a-threshold-is-too-tight.md')).toContain(rows.join('\n'));
    expect(read('packages/agc/README.md')).toContain(
      `right in ${count(found)} cases of that sweep, and in ${count(heldOut)} of one that had no say in it`,
    );
  });

  it('has the examples that the README shows', () => {
    const combinations = combinationsOf('clip-rules-fashion');
    const row = (name: string) => {
      const combination = combinations.find((each) => each.name === name)!;
      return `| ${[name, accuracyOf(combination).toFixed(1), combination.advice[0]].join(' | ')} |`;
    };
    const rows = [
      'rule agc, threshold 0.01, batch 128',
      'rule agc, threshold 0.16, batch 512',
      'rule block-rms, threshold 1, batch 128',
    ].map(row);
    expect(read('packages/agc/README.md')).toContain(
      `<!-- diagnosis examples -->\n${rows.join('\n')}\n<!-- /diagnosis examples -->`,
    );
  });
});
