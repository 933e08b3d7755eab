import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useState } from 'preact/hooks';
import { useSweepApi } from './api.js';
import { Curves } from './curves.js';
import { flat } from './flat.js';
import { formatExact, formatLoss, formatPercent, nameOfTrial } from './format.js';
import type { Axis, LiveTrial, TrialDetails } from './messages.js';
import { useMetrics } from './use-metrics.js';

interface ComparePanelProps {
  readonly trials: readonly LiveTrial[];
  readonly axes: readonly Axis[];
  readonly theme: string;
  readonly onClose: () => void;
}

/** Some trials side by side: curves in one chart, and the config values that differ. */
export function ComparePanel({ trials, axes, theme, onClose }: ComparePanelProps) {
  const metrics = useMetrics(trials);
  return (
    <section class="panel" id="compare">
      <header>
        <h2>{trials.length} trials side by side</h2>
        <button type="button" onClick={onClose} aria-label="close">
          ✕
        </button>
      </header>
      <Curves trials={trials} names={namesOf(trials, axes)} metrics={metrics} theme={theme} />
      <Differences trials={trials} />
    </section>
  );
}

/** What of their configs differs among `trials`, and how they ended, as a table. */
export function Differences({ trials }: { readonly trials: readonly LiveTrial[] }) {
  const configs = useConfigs(trials.map(({ id }) => id));
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))].filter(
    (key) => new Set(configs.map((config) => JSON.stringify(config[key]))).size > 1,
  );
  const rows: [string, (trial: LiveTrial) => string][] = [
    ['state', ({ state, step }) => (state === 'diverged' ? `diverged at step ${step}` : state)],
    ['accuracy, %', ({ accuracy, state }) => formatPercent(state === 'diverged' ? undefined : accuracy)],
    ['training loss', ({ loss }) => formatLoss(loss)],
    ['steps', ({ step, steps }) => `${step}/${steps}`],
  ];
  return (
    <div class="scroll">
      <table class="pairs">
        <thead>
          <tr>
            <th />
            {trials.map(({ id }) => (
              <th key={id}>
                <code>{id}</code>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key}>
              <th>{key}</th>
              {configs.map((config, i) => (
                <td key={trials[i]?.id}>{formatExact(config[key])}</td>
              ))}
            </tr>
          ))}
          {rows.map(([label, text]) => (
            <tr key={label}>
              <th>{label}</th>
              {trials.map((trial) => (
                <td key={trial.id}>{text(trial)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What tells `trials` apart. */
export function namesOf(trials: readonly LiveTrial[], axes: readonly Axis[]): string[] {
  const places = axes.flatMap((_, i) => (new Set(trials.map(({ values }) => values[i])).size > 1 ? i : []));
  const differing = places.map((i) => axes[i]!);
  return trials.map((trial) =>
    differing.length === 0
      ? trial.id
      : nameOfTrial({ ...trial, values: places.map((i) => trial.values[i]) }, differing),
  );
}

/** The configs of trials, as leaves by path; empty until they have come. */
function useConfigs(ids: readonly string[]): readonly Record<string, unknown>[] {
  const api = useSweepApi();
  const [known, setKnown] = useState<ReadonlyMap<string, Record<string, unknown>>>(new Map());
  useEffect(() => {
    for (const id of ids.filter((id) => !known.has(id))) {
      fetch(`${api}/trials/${id}`)
        .then(async (response) => {
          if (!response.ok) return;
          const { trial } = fromJson(await response.text()) as TrialDetails;
          setKnown((before) => new Map(before).set(id, flat(trial.config)));
        })
        .catch(() => {});
    }
  }, [ids.join()]);
  return ids.map((id) => known.get(id) ?? {});
}
