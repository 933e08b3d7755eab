import { ClipChart } from '@nfnets/charts';
import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useSweepApi } from './api.js';
import { Differences, namesOf } from './compare-panel.js';
import { Curves } from './curves.js';
import { flat } from './flat.js';
import { formatDuration, formatExact, formatPercent, nameOfTrial, tookSeconds } from './format.js';
import type { Axis, LiveTrial, TrialDetails } from './messages.js';
import { useLog, useMetrics } from './use-metrics.js';

interface TrialPanelProps {
  readonly trial: LiveTrial;
  readonly axes: readonly Axis[];
  readonly theme: string;
  /** All trials of the sweep, and which of them this one is compared with. */
  readonly all: readonly LiveTrial[];
  readonly other: LiveTrial | undefined;
  readonly onOther: (id: string | undefined) => void;
  readonly onClose: () => void;
}

/** More are found in the list of trials, which can compare any. */
const MOST_OTHERS = 60;

/** One trial: how it goes or ended, its curves, what was clipped, its log and its config. */
export function TrialPanel({ trial, axes, theme, all, other, onOther, onClose }: TrialPanelProps) {
  const { id, state, step, lostAt = step, steps, accuracy, reason } = trial;
  const shown = other ? [trial, other] : [trial];
  const metrics = useMetrics(shown);
  const log = useLog(trial);
  const details = useDetails(trial);
  const took = tookSeconds(trial);
  return (
    <section class="panel" id="trial">
      <header>
        <h2>{nameOfTrial(trial, axes)}</h2>
        <button type="button" onClick={onClose} aria-label="close">
          ✕
        </button>
      </header>
      <p>
        <span class={`state ${state}`}>{state}</span>
        {state === 'diverged' && <> at step {lostAt}</>}
        {reason && <>: {reason}</>}
      </p>
      <p class="muted">
        step {step} of {steps}
        {accuracy !== undefined && state !== 'diverged' && <>, accuracy {formatPercent(accuracy)} %</>}
        {took !== undefined && <>, {formatDuration(took)}</>}, trial <code>{id}</code>
      </p>
      <OtherChoice {...{ trial, axes, all, other, onOther }} />
      <Curves trials={shown} names={other ? namesOf(shown, axes) : ['this trial']} metrics={metrics} theme={theme} />
      {other && <Differences trials={shown} />}
      <ClipChart lines={(metrics.get(id) ?? []).filter((line) => line.type === 'clip')} />
      <details open={state === 'failed'}>
        <summary>Log</summary>
        <pre class="log">{log === '' ? 'Nothing was printed.' : log}</pre>
      </details>
      {details && (
        <>
          <details>
            <summary>Config</summary>
            <Pairs of={{ ...details.trial.config, derived: details.trial.derived }} />
          </details>
          {details.environment && (
            <details>
              <summary>Environment</summary>
              <Pairs of={details.environment} />
            </details>
          )}
        </>
      )}
    </section>
  );
}

/** Chooses a trial to compare with: those that differ in the fewest values come first. */
function OtherChoice({
  trial,
  axes,
  all,
  other,
  onOther,
}: Pick<TrialPanelProps, 'trial' | 'axes' | 'all' | 'other' | 'onOther'>) {
  const near = useMemo(() => {
    const distance = ({ values }: LiveTrial) => values.filter((value, i) => value !== trial.values[i]).length;
    return all
      .filter(({ id }) => id !== trial.id)
      .map((each) => ({ each, by: distance(each) }))
      .sort((a, b) => a.by - b.by)
      .slice(0, MOST_OTHERS)
      .map(({ each }) => each);
  }, [trial.id, all.length]);
  const others = other && !near.some(({ id }) => id === other.id) ? [other, ...near] : near;
  if (others.length === 0) return null;
  return (
    <p class="other">
      <label>
        against{' '}
        <select value={other?.id ?? ''} onChange={(event) => onOther(event.currentTarget.value || undefined)}>
          <option value="">no other trial</option>
          {others.map((each) => (
            <option key={each.id} value={each.id}>
              {nameOfTrial(each, axes)} ({each.id})
            </option>
          ))}
        </select>
      </label>
    </p>
  );
}

const Pairs = ({ of }: { readonly of: Readonly<Record<string, unknown>> }) => (
  <table class="pairs">
    <tbody>
      {Object.entries(flat(of)).map(([key, value]) => (
        <tr key={key}>
          <th>{key}</th>
          <td>{formatExact(value)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** What does not change while a trial runs, but for its environment, which comes with its start. */
function useDetails({ id, state }: LiveTrial): TrialDetails | undefined {
  const api = useSweepApi();
  const [details, setDetails] = useState<{ id: string; value: TrialDetails }>();
  useEffect(() => {
    let isWanted = true;
    fetch(`${api}/trials/${id}`)
      .then(async (response) => {
        if (response.ok && isWanted) setDetails({ id, value: fromJson(await response.text()) as TrialDetails });
      })
      .catch(() => {});
    return () => {
      isWanted = false;
    };
  }, [id, state]);
  return details?.id === id ? details.value : undefined;
}
