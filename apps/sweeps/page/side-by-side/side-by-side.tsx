import type { useTheme } from '@nfnets/charts';
import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useState } from 'preact/hooks';
import { useKeys } from '../keys.js';
import type { ShownComparison, ShownComparisons } from '../messages.js';
import { go, hashOf, type Place } from '../place.js';
import { ThemeButton } from '../theme-button.js';
import { AnswerSign } from './answer-sign.js';
import { RowsTable } from './rows-table.js';

interface SideBySideProps {
  readonly folders: readonly string[];
  readonly theme: ReturnType<typeof useTheme>;
}

const HOME: Place = { view: 'home', search: '' };

/** Some sweeps against the first of them: paired differences and verdicts. */
export function SideBySide({ folders, theme }: SideBySideProps) {
  const answer = useComparisons(folders);
  useKeys({ Escape: () => go(HOME) });
  useEffect(() => {
    document.title = `${folders.join(', ')} – side by side`;
  }, [folders.join('/')]);
  const [base] = folders;
  return (
    <div class="side-by-side">
      <nav class="way-home">
        <a href={hashOf(HOME)}>← all sweeps</a>
      </nav>
      <header class="home-head">
        <h1>{folders.length} sweeps side by side</h1>
        <p class="tools">
          <ThemeButton choice={theme.choice} next={theme.next} />
        </p>
      </header>
      <p class="base">
        <label>
          All against A ={' '}
          <select
            value={base}
            onChange={({ currentTarget: { value } }) =>
              go(
                { view: 'compare', folders: [value, ...folders.filter((folder) => folder !== value)] },
                { replaces: true },
              )
            }
          >
            {folders.map((folder) => (
              <option key={folder}>{folder}</option>
            ))}
          </select>
        </label>{' '}
        <a href={hashOf({ view: 'sweep', folder: base! })}>open it</a>
      </p>
      {answer === undefined && <p class="waiting muted">Comparing …</p>}
      {typeof answer === 'string' && (
        <p class="problem" role="alert">
          {answer}
        </p>
      )}
      {typeof answer === 'object' && (
        <>
          <p class="muted how">{levelText(answer)}</p>
          {answer.comparisons.map((comparison) => (
            <Comparison key={comparison.folder} comparison={comparison} />
          ))}
        </>
      )}
    </div>
  );
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

const levelText = ({ level, levelOfEach, margin, comparisons }: ShownComparisons): string =>
  `Keep: B is better than A. Discard: it is not better by ${margin} points, or it is worse. The chance to keep a B that is no better is ${percent(level)}${
    comparisons.length > 1 ? ` in all ${comparisons.length} together, so ${percent(levelOfEach)} in each` : ''
  }, over all rows (Holm) and two looks.`;

function Comparison({ comparison }: { readonly comparison: ShownComparison }) {
  const { folder, problem, treatment = [], answer, rows = [], total = 0, alone, lines = [], command } = comparison;
  return (
    <section class="panel comparison">
      <header>
        <h2>
          B = <a href={hashOf({ view: 'sweep', folder })}>{folder}</a>
        </h2>
        {answer && <AnswerSign answer={answer} />}
      </header>
      {problem !== undefined && <p class="damage">{problem}</p>}
      {treatment.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {rows.length > 0 && <RowsTable rows={rows} />}
      {rows.length < total && (
        <p class="muted">
          The first {rows.length} of {total} combinations; the command below prints all.
        </p>
      )}
      {alone && alone.a + alone.b > 0 && (
        <p class="muted">
          Trials without a partner: {alone.a} of A, {alone.b} of B.
        </p>
      )}
      {lines.length > 0 && (
        <details>
          <summary>In words, and how it was judged</summary>
          <pre class="log">{lines.join('\n')}</pre>
        </details>
      )}
      {command !== undefined && (
        <p>
          <code>{command}</code>
        </p>
      )}
    </section>
  );
}

/** What the server says of `folders`, or what went wrong; undefined until it has. */
function useComparisons(folders: readonly string[]): ShownComparisons | string | undefined {
  const [answer, setAnswer] = useState<ShownComparisons | string>();
  useEffect(() => {
    const end = new AbortController();
    const query = new URLSearchParams(folders.map((folder) => ['sweep', folder]));
    fetch(`/api/compare?${query}`, { signal: end.signal })
      .then(async (response) => {
        const body = fromJson(await response.text()) as ShownComparisons & { error?: string; sweep?: string };
        setAnswer(body.error === undefined ? body : `${body.error}${body.sweep ? `: ${body.sweep}` : ''}.`);
      })
      .catch((error: Error) => {
        if (!end.signal.aborted) setAnswer(`The server gave no answer (${error.message}).`);
      });
    return () => end.abort();
  }, [folders.join('/')]);
  return answer;
}
