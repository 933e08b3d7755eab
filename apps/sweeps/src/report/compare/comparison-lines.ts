import { type Paint, plainPaint, textTable } from '../../text/index.js';
import type { ComparedSide, Comparison, OverallDifference } from './compare-sweeps.js';

/** `comparison` of the sweeps called `a` and `b` as lines for the terminal. Pure. */
export function comparisonLines(
  { treatment, axes, rows, alone, divergedOnly, overall }: Comparison,
  [a, b]: readonly [string, string],
  paint: Paint = plainPaint,
): string[] {
  const table = textTable(
    rows,
    [
      ...axes.map(({ path, short, label }) => ({
        title: short,
        align: 'right' as const,
        cell: ({ values }: (typeof rows)[number]) => label(values[path]),
      })),
      { title: 'A acc %', align: 'right', cell: (row) => sideText(row.a) },
      { title: 'B acc %', align: 'right', cell: (row) => sideText(row.b) },
      {
        title: rows.some(({ pairs }) => pairs > 1) ? 'B - A ± sd' : 'B - A',
        align: 'right',
        cell: ({ difference, sd, pairs }) =>
          difference === undefined ? '-' : `${signed(difference)}${pairs > 1 ? ` ± ${sd.toFixed(2)}` : ''}`,
        style: ({ difference = 0 }) => (difference > 0 ? 'green' : difference < 0 ? 'yellow' : undefined),
      },
      { title: 'pairs', align: 'right', cell: ({ pairs }) => String(pairs) },
    ],
    { paint },
  );
  return [
    `A  ${a}`,
    `B  ${b}`,
    ...treatment.map(({ path, a, b }) => `   ${path}: ${a ?? 'default'} in A, ${b ?? 'default'} in B`),
    '',
    ...table,
    '',
    ...(overall
      ? [`B - A over ${plural(overall.rows, 'combination')}: ${signed(overall.mean)} points ${intervalText(overall)}`]
      : ['No combination trained to the end in both sweeps.']),
    `Diverged in one of a pair only: ${divergedOnly.a} in A, ${divergedOnly.b} in B.`,
    ...(alone.a + alone.b > 0 ? [`Without a partner, and left out: ${alone.a} of A, ${alone.b} of B.`] : []),
  ];
}

/** `[+1.00, +2.50] (95 %, t over 3 seeds)`, or why there is no interval. */
export const intervalText = ({ interval, seeds }: OverallDifference): string =>
  interval
    ? `[${signed(interval[0])}, ${signed(interval[1])}] (95 %, t over ${plural(seeds, 'seed')})`
    : `(${seeds < 2 ? 'one seed' : 'no two seeds in one combination'}: no interval)`;

const signed = (value: number) => `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function sideText({ mean, diverged, trials }: ComparedSide): string {
  const share = diverged === 0 ? '' : `${diverged}/${trials} diverged`;
  if (mean === undefined) return share === '' ? '-' : share;
  return `${mean.toFixed(1)}${share === '' ? '' : ` (${share})`}`;
}
