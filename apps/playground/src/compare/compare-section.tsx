import { useEffect, useState } from 'preact/hooks';
import { CLIP_RULES, type Settings } from '../settings/index.js';
import type { EngineFacts, Training } from '../training/index.js';
import { Controls } from './controls.js';
import { PairCharts } from './pair-charts.js';
import { describeRun, stepsPerSecond } from './run-history.js';
import { RunPanel } from './run-panel.js';
import { usePair } from './use-pair.js';

interface CompareSectionProps {
  readonly training: Training;
  readonly settings: Settings;
  readonly onSettings: (settings: Settings) => void;
  readonly engine: EngineFacts | undefined;
  readonly theme: string;
}

/** Two runs side by side, and the buttons that move them. */
export function CompareSection({ training, settings, onSettings, engine, theme }: CompareSectionProps) {
  const { histories, state, facts, error, reset, play, pause, step } = usePair(training, settings);
  const [chosen, setLayer] = useState<string>();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => setIsCopied(false), [settings]);
  const { rule, threshold } = settings;
  const clippedName = rule === 'agc' ? `with AGC, λ = ${threshold}` : `with ${rule}, ${threshold}`;
  const layers = Object.keys(histories.clipped.units ?? histories.plain.units ?? {});
  const layer = layers.includes(chosen ?? '') ? chosen! : (layers[0] ?? '');
  const agcLimit = rule === 'agc' ? threshold : CLIP_RULES.agc.usual;
  const speed = stepsPerSecond([histories.plain, histories.clipped]);
  const isBusy = state === 'preparing' || state === 'playing';
  const copyLink = async () => {
    await navigator.clipboard.writeText(location.href).catch(() => {});
    setIsCopied(true);
  };
  return (
    <section aria-labelledby="compare-title" id="compare">
      <h2 id="compare-title">Two runs side by side</h2>
      <div class="buttons">
        {isBusy ? (
          <button type="button" class="main" id="pause" onClick={() => void pause()}>
            Pause
          </button>
        ) : (
          <button type="button" class="main" id="play" disabled={state === 'over'} onClick={() => void play()}>
            {state === 'new' ? 'Run both' : 'Go on'}
          </button>
        )}
        <button type="button" id="step" disabled={isBusy || state === 'over'} onClick={() => void step()}>
          One step
        </button>
        <button type="button" id="reset" disabled={state === 'new'} onClick={reset}>
          Reset
        </button>
        <button type="button" id="link" onClick={() => void copyLink()}>
          {isCopied ? 'Link copied' : 'Copy link'}
        </button>
        <p class="muted facts" id="engine">
          {engine ? (
            <span title={engine.reason}>
              {engine.engine}
              {engine.threads !== undefined && `, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`}
            </span>
          ) : (
            'loading the engine …'
          )}
          {speed !== undefined && <span id="speed">, {speed.toPrecision(2)} steps/s</span>}
          {facts && (
            <span>
              , {facts.steps} steps of {settings.batchSize} images
            </span>
          )}
        </p>
      </div>
      <p role="alert" class="problem" hidden={error === ''}>
        {error}
      </p>
      <p role="status" class="unseen" id="status">
        {state === 'preparing' && 'Making both runs.'}
        {state === 'playing' && 'Training.'}
        {state === 'over' && 'Both runs are over.'}
        {histories.plain.state === 'diverged' && ` Without clipping: ${describeRun(histories.plain)}.`}
        {(histories.clipped.state === 'diverged' || histories.clipped.state === 'done') &&
          ` ${clippedName}: ${describeRun(histories.clipped)}.`}
      </p>
      <Controls settings={settings} onChange={onSettings} />
      <PairCharts histories={histories} names={['without clipping', clippedName]} steps={facts?.steps} theme={theme} />
      {layers.length > 0 && (
        <p class="field inline">
          <label for="layer">Units of layer</label>
          <select id="layer" value={layer} onChange={({ currentTarget }) => setLayer(currentTarget.value)}>
            {layers.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </p>
      )}
      <div class="runs">
        <RunPanel
          id="plain"
          title="Without clipping"
          history={histories.plain}
          clipTitle={`Share of units that AGC at ${agcLimit} would clip`}
          layer={layer}
          limit={agcLimit}
          theme={theme}
        />
        <RunPanel
          id="clipped"
          title={clippedName.replace('with', 'With')}
          history={histories.clipped}
          clipTitle="Share of clipped units by layer"
          layer={layer}
          limit={rule === 'agc' ? threshold : undefined}
          theme={theme}
        />
      </div>
    </section>
  );
}
