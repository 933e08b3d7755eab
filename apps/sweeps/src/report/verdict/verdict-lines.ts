import type { Axis } from '../../plan/index.js';
import type { NoisePrior } from '../../statistics/index.js';
import { type Paint, type PaintStyle, plainPaint, textTable } from '../../text/index.js';
import type { Noise } from './estimate.js';
import type { Answer, JudgedSide, Judgement, VerdictGoal } from './judge.js';
import type { CellPair } from './match-cells.js';
import type { Verdict } from './verdict.js';

/** A verdict as a table, a sentence for each comparison, and what they go by. Pure. */
export function verdictLines(
  { matched: { pairs, treatment, axes }, judgements, noise }: Verdict,
  goal: VerdictGoal,
  paint: Paint = plainPaint,
): string[] {
  const table = textTable(
    judgements,
    [
      ...axes.map(({ path, short, label }) => ({
        title: short,
        align: 'right' as const,
        cell: ({ at }: Judgement) => label(at[path]),
      })),
      { title: 'A acc %', align: 'right', cell: ({ a }) => sideText(a) },
      { title: 'B acc %', align: 'right', cell: ({ b }) => sideText(b) },
      {
        title: 'B - A',
        align: 'right',
        cell: ({ difference }) => (difference === undefined ? '-' : signed(difference)),
      },
      {
        title: `${confidence(goal)} % interval`,
        align: 'right',
        cell: ({ interval }) => (interval ? interval.map(signed).join(' to ') : '-'),
      },
      { title: 'from', cell: samplesText },
      { title: 'p better', align: 'right', cell: ({ better }) => pText(better) },
      { title: 'p no gain', align: 'right', cell: ({ notBetter }) => pText(notBetter) },
      { title: 'answer', cell: ({ answer }) => answer, style: ({ answer }) => STYLES[answer] },
      { title: 'seeds', align: 'right', cell: (judgement) => seedsText(judgement) },
    ],
    { paint },
  );
  return [
    ...table,
    '',
    ...judgements.map((judgement, i) => sentence(judgement, pairs[i]!, treatment, axes, goal)),
    '',
    ...notes(judgements, noise, goal),
  ];
}

/** `clipFactor 0.04 over 0.01 at batchSize 256: +1.2 points (90 % interval 0.3 to 2.1, 5 pairs), keep`. Pure. */
function sentence(
  judgement: Judgement,
  { a, b }: CellPair,
  treatment: readonly Axis[],
  axes: readonly Axis[],
  goal: VerdictGoal,
): string {
  const { difference, interval, answer } = judgement;
  const valuesOf = ({ values }: CellPair['a']) =>
    treatment
      .filter(({ path }) => values[path] !== undefined)
      .map(({ path, label }) => `${path} ${label(values[path])}`)
      .join(', ');
  const [only] = treatment;
  const asked =
    treatment.length === 0
      ? 'B over A'
      : treatment.length === 1
        ? `${only!.path} ${only!.label(b.values[only!.path])} over ${only!.label(a.values[only!.path])}`
        : `${valuesOf(b)} over ${valuesOf(a)}`;
  const at = axes.map(({ path, label }) => `${path} ${label(judgement.at[path])}`).join(', ');
  const said =
    difference === undefined
      ? 'no trial of one of them was trained to the end'
      : `${short(difference, true)} points (${interval ? `${confidence(goal)} % interval ${interval.map((end) => short(end)).join(' to ')}` : 'no noise to go by: too few seeds'}, ${samplesText(judgement)})`;
  return `${asked}${at === '' ? '' : ` at ${at}`}: ${said}${divergedText(judgement)}${leftOut(judgement)}, ${answer}${reasonOf(judgement, goal)}`;
}

function divergedText({ a, b, divergesLess, divergesMore }: Judgement): string {
  if (a.diverged + b.diverged === 0) return '';
  const share = ({ trained, diverged }: JudgedSide) => `${diverged} of ${trained + diverged}`;
  const p = Math.min(divergesLess ?? 1, divergesMore ?? 1);
  return `, diverged ${share(b)} against ${share(a)} (p ${pText(p)})`;
}

function leftOut({ a, b }: Judgement): string {
  const [pruned, open] = [a.pruned + b.pruned, a.open + b.open];
  return [
    ...(pruned > 0 ? [`, ${pruned} pruned and left out`] : []),
    ...(open > 0 ? [`, ${open} not ended`] : []),
  ].join('');
}

function reasonOf(judgement: Judgement, { margin }: VerdictGoal): string {
  const { answer, interval, difference, seeds, divergesMore, divergesLess, better, notBetter } = judgement;
  if (answer === 'test again') {
    if (seeds === null || seeds === undefined) return ': no number of seeds that can be run decides it';
    return ` with ${seeds} seeds`;
  }
  const byDivergence = answer === 'keep' ? (divergesLess ?? 1) < (better ?? 1) : (divergesMore ?? 1) < (notBetter ?? 1);
  if (byDivergence && (answer === 'keep' ? isSmaller(judgement.b, judgement.a) : isSmaller(judgement.a, judgement.b)))
    return answer === 'keep' ? ': it diverges less often' : ': it diverges more often';
  if (answer === 'keep' || !interval || difference === undefined) return '';
  if (interval[1] < 0) return ': it is worse';
  return interval[0] > 0 ? `: better, but by less than ${margin}` : `: not better by ${margin}`;
}

const isSmaller = (one: JudgedSide, other: JudgedSide) =>
  one.diverged / (one.trained + one.diverged) < other.diverged / (other.trained + other.diverged);

function notes(judgements: readonly Judgement[], noise: Noise, { level, margin, power, looks }: VerdictGoal): string[] {
  const designs = new Set(judgements.map(({ design }) => design));
  const tests = judgements.flatMap(({ better, divergesLess }) => [better, divergesLess].filter((p) => p !== undefined));
  return [
    ...(designs.has('paired')
      ? [
          `Paired by seed: as many seeds or more were trained in both as in one alone. ${noiseText(noise.pairs, 'pairs')}`,
        ]
      : []),
    ...(designs.has('unpaired')
      ? [`Unpaired where fewer seeds were trained in both than in one alone. ${noiseText(noise.cells, 'cells')}`]
      : []),
    ...(judgements.some(({ a, b }) => a.diverged + b.diverged > 0)
      ? [
          'A diverged trial is worse than any accuracy: accuracies are of trials that were trained to the end, and counts of diverged',
        ].concat(['ones have an exact test of their own. Better accuracies keep nothing that diverged more often.'])
      : []),
    `Level ${percent(level)} for a false keep${tests.length > 1 ? `, Holm over ${tests.length} tests` : ''}${looks > 1 ? `, over ${looks} looks` : ''}; margin ${margin} points; power ${percent(power)}.`,
  ];
}

/** What the other cells are good for. */
function noiseText({ variance, freedom, samples }: NoisePrior, of: 'pairs' | 'cells'): string {
  if (freedom === 0) return `Noise: each one's own; ${samples} ${of} with several seeds are too few to tell more.`;
  const sd = `a standard deviation of ${short(Math.sqrt(variance))} points`;
  const weight =
    freedom === Number.POSITIVE_INFINITY ? 'all that counts' : `as good as ${short(freedom)} more of its own`;
  return `Noise: each one's own, and where that has fewer degrees of freedom that of all ${samples} ${of} with several seeds: ${sd}, ${weight}.`;
}

const STYLES: Readonly<Record<Answer, PaintStyle>> = { keep: 'green', discard: 'red', 'test again': 'yellow' };

function samplesText({ design, samples }: Judgement): string {
  if (design === undefined || samples === undefined) return '-';
  return design === 'paired' ? `${samples[0]} pair${samples[0] === 1 ? '' : 's'}` : `${samples.join(' + ')} trials`;
}

function seedsText({ seeds }: Judgement): string {
  return seeds === undefined ? '' : seeds === null ? '-' : String(seeds);
}

function sideText({ mean, sd, trained, diverged }: JudgedSide): string {
  const share = diverged === 0 ? '' : `${diverged}/${trained + diverged} diverged`;
  if (mean === undefined) return share === '' ? '-' : share;
  return `${mean.toFixed(2)}${sd === undefined ? '' : ` ± ${sd.toFixed(2)}`}${share === '' ? '' : ` (${share})`}`;
}

const pText = (p: number | undefined): string => (p === undefined ? '-' : p < 0.001 ? '<0.001' : p.toFixed(3));
const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
const confidence = ({ level, looks }: VerdictGoal): string =>
  String(Number((100 * (1 - (2 * level) / looks)).toPrecision(4)));
const signed = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
/** One decimal as people speak; two of what would be 0.0. */
const short = (value: number, withSign = false): string => {
  const text = Math.abs(value) < 0.95 ? value.toFixed(2) : value.toFixed(1);
  return withSign && value >= 0 ? `+${text}` : text;
};
