import { ClipChart } from '@nfnets/charts';
import { describeRun, type RunHistory } from './run-history.js';
import { UnitStrip } from './unit-strip.js';

interface RunPanelProps {
  readonly id: string;
  readonly title: string;
  readonly history: RunHistory;
  /** What the shares of clipped units are of. */
  readonly clipTitle: string;
  readonly layer: string;
  readonly limit: number | undefined;
  readonly theme: string;
}

/** One of the two runs: how it goes, what was clipped by layer, the units of a layer. */
export function RunPanel({ id, title, history, clipTitle, layer, limit, theme }: RunPanelProps) {
  const { state, reason, clips, units, losses } = history;
  return (
    <section class="panel run" id={id} aria-labelledby={`${id}-title`} data-loss={losses.at(-1)?.[1]}>
      <h3 id={`${id}-title`}>{title}</h3>
      <p class="run-state">
        <span class={`state ${state}`}>{describeRun(history)}</span>
        {reason && <span class="muted">: {reason}</span>}
      </p>
      {clips.length === 0 ? (
        <p class="muted">No step yet.</p>
      ) : (
        <>
          <ClipChart lines={clips} title={clipTitle} />
          <figure>
            <figcaption>
              <span>
                Units of <code>{layer}</code>: ‖gradient‖ / ‖weight‖
              </span>
            </figcaption>
            <UnitStrip layer={layer} ratios={units?.[layer]} limit={limit} theme={theme} />
          </figure>
        </>
      )}
    </section>
  );
}
