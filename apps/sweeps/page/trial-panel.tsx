import { ClipChart } from '@nfnets/charts';
import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useState } from 'preact/hooks';
import { Curves } from './curves.js';
import { formatDuration, formatExact, formatPercent, nameOfTrial, tookSeconds } from './format.js';
import type { Axis, LiveTrial, TrialDetails } from './messages.js';
import { useLog, useMetrics } from './use-metrics.js';

interface TrialPanelProps {
  readonly trial: LiveTrial;
  readonly axes: readonly Axis[];
  readonly theme: string;
  readonly onClose: () => void;
}

/** One trial: how it goes or ended, its curves, what was clipped, its log and its config. */
export function TrialPanel({ trial, axes, theme, onClose }: TrialPanelProps) {
  const { id, state, step, lostAt = step, steps, accuracy, reason } = trial;
  const metrics = useMetrics([trial]);
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
      <Curves trials={[trial]} names={['this trial']} metrics={metrics} theme={theme} />
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

/** The leaves of `value` by dotted path. */
export function flat(value: Readonly<Record<string, unknown>>, path = ''): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, item]) =>
      item !== null && typeof item === 'object'
        ? flat(item as Record<string, unknown>, `${path}${key}.`)
        : { [path + key]: item },
    ),
  );
}

/** What does not change while a trial runs, but for its environment, which comes with its start. */
function useDetails({ id, state }: LiveTrial): TrialDetails | undefined {
  const [details, setDetails] = useState<{ id: string; value: TrialDetails }>();
  useEffect(() => {
    let isWanted = true;
    fetch(`/api/trials/${id}`)
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
