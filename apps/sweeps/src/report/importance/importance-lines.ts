import { textTable } from '../../text/index.js';
import type { Importance } from './axis-importance.js';

/** How much each axis matters, for the terminal. Pure. */
export function importanceLines(importance: Importance | undefined): string[] {
  if (!importance) return [];
  const { axes, interactions } = importance;
  const rows = [...axes, ...(interactions ? [{ title: 'several together', ...interactions }] : [])];
  const percent = (share: number) => (100 * share).toFixed(0);
  return [
    `importance ${whatItIs(importance)}`,
    ...textTable(rows, [
      { title: 'axis', cell: ({ title }) => title },
      { title: '%', align: 'right', cell: ({ share }) => percent(share) },
      {
        title: '95 % interval',
        align: 'right',
        cell: ({ interval }) => (interval ? `${percent(interval[0])} to ${percent(interval[1])}` : '-'),
      },
    ]),
    '',
  ];
}

/** What the shares are shares of, in a sentence's words. */
export function whatItIs({ method, quantile, trials, diverged }: Importance): string {
  const of = `${trials} trials`;
  if (method === 'anova') {
    const lost = diverged > 0 ? `, ${diverged} that diverged as accuracy 0` : '';
    return `by the variance of the accuracy that an axis explains (functional ANOVA of all combinations; ${of}${lost})`;
  }
  const lost = diverged > 0 ? `, ${diverged} that diverged behind the others` : '';
  return `by how far the values of the best ${(100 * quantile!).toFixed(0)} % differ from those of all (PED-ANOVA; ${of}${lost})`;
}
