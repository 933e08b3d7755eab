import type { ShownComparison, ShownSide } from '../messages.js';
import { AnswerSign } from './answer-sign.js';

type Row = NonNullable<ShownComparison['rows']>[number];

/** One row for each combination of values that both sweeps have. On a phone each becomes a card of lines. */
export const RowsTable = ({ rows }: { readonly rows: readonly Row[] }) => (
  <table class="pairs rows-table">
    <thead>
      <tr>
        {HEADS.map((head) => (
          <th key={head} scope="col">
            {head}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={row.at}>
          <th scope="row">{row.at || 'all'}</th>
          <td data-head={HEADS[1]}>{sideText(row.a)}</td>
          <td data-head={HEADS[2]}>{sideText(row.b)}</td>
          <td data-head={HEADS[3]}>
            <strong>{row.difference === undefined ? '–' : signed(row.difference)}</strong>
            {row.interval && ` (${signed(row.interval[0])} to ${signed(row.interval[1])})`}
          </td>
          <td data-head={HEADS[4]}>
            {Object.entries(row.bySeed)
              .map(([seed, difference]) => `${seed}: ${signed(difference)}`)
              .join(', ') || '–'}
          </td>
          <td data-head={HEADS[5]}>
            <AnswerSign answer={row.answer} />
            {row.seeds !== undefined && (
              <small class="muted">
                {' '}
                {row.seeds === null ? 'no number of seeds decides' : `with ${row.seeds} seeds`}
              </small>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const HEADS = ['at', 'A accuracy, %', 'B accuracy, %', 'B − A, points (interval)', 'by seed', 'answer'] as const;

const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;

function sideText({ mean, sd, trained, diverged, open }: ShownSide): string {
  const parts = [
    mean === undefined ? '–' : `${mean.toFixed(2)}${sd === undefined ? '' : ` ± ${sd.toFixed(2)}`} (${trained})`,
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
    ...(open > 0 ? [`${open} open`] : []),
  ];
  return parts.join(', ');
}
