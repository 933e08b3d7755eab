import { colourDomain, MapCell, MapLegend } from '@nfnets/charts';
import { proxy } from 'comlink';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CLIP_RULES, type Settings } from '../settings/index.js';
import type { CellProgress, Training } from '../training/index.js';
import { cellFacts } from './cell-facts.js';
import { type MapPlan, mapTasks, planMap } from './map-plan.js';
import { sweepYaml, whyNoSweep } from './sweep-yaml.js';

interface MapSectionProps {
  readonly training: Training;
  readonly settings: Settings;
  /** Puts the settings of a cell above. */
  readonly onOpen: (settings: Settings) => void;
}

/** Test accuracy by threshold and batch size, trained here cell after cell. */
export function MapSection({ training, settings, onOpen }: MapSectionProps) {
  const [shown, setShown] = useState<MapPlan>();
  const [progress, setProgress] = useState<ReadonlyMap<number, CellProgress>>(new Map());
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState('');
  /** Number of the map: what comes of others is late. */
  const number = useRef(0);
  const plan = shown ?? planMap(settings);
  const tasks = mapTasks(plan);
  const { thresholds, batchSizes } = plan;
  const done = [...progress.values()].filter(({ state }) => state !== 'running').length;
  const why = whyNoSweep(plan);
  useEffect(() => {
    // A map that is of other settings stays until the next one is run.
    if (shown && done === 0 && !isRunning) setShown(undefined);
  }, [settings]);

  const run = async () => {
    const mine = ++number.current;
    const next = planMap(settings);
    setShown(next);
    setProgress(new Map());
    setError('');
    setIsRunning(true);
    const follow = (cell: number, at: CellProgress) => {
      if (mine === number.current) setProgress((before) => new Map(before).set(cell, at));
    };
    try {
      await training.runMap(mapTasks(next), proxy(follow));
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
    if (mine === number.current) setIsRunning(false);
  };
  const cancel = () => {
    number.current++;
    void training.cancelMap();
    setIsRunning(false);
    setProgress((before) => new Map([...before].filter(([, { state }]) => state !== 'running')));
  };
  const accuracies = [...progress.values()].flatMap(({ state, accuracy }) =>
    state === 'done' && accuracy !== undefined ? [100 * accuracy] : [],
  );
  const domain = colourDomain(accuracies);
  const setting = CLIP_RULES[plan.settings.rule].threshold;
  return (
    <section aria-labelledby="map-title" id="map">
      <h2 id="map-title">A small map</h2>
      <p>
        Test accuracy by {setting} and batch size, around what is set above: {tasks.length} trainings of{' '}
        {plan.settings.images} images and {plan.settings.epochs} epochs, one after the other. A cell puts its settings
        above.
      </p>
      <div class="buttons">
        {isRunning ? (
          <button type="button" id="cancel-map" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button type="button" class="main" id="run-map" onClick={() => void run()}>
            Run {mapTasks(planMap(settings)).length}
          </button>
        )}
        {why === undefined ? (
          <a
            class="button"
            id="map-yaml"
            download="map.yaml"
            href={`data:text/yaml;charset=utf-8,${encodeURIComponent(sweepYaml(plan))}`}
          >
            Download map.yaml
          </a>
        ) : (
          <span class="muted">No file for the command line: {why}.</span>
        )}
        <p class="muted facts" role="status">
          {done} of {tasks.length} cells
        </p>
      </div>
      <p role="alert" class="problem" hidden={error === ''}>
        {error}
      </p>
      <div class="scroll">
        <table class="heatmap">
          <caption class="unseen">Test accuracy in percent</caption>
          <thead>
            <tr>
              <th>
                <span class="muted">{plan.settings.rule} ╲ batch</span>
              </th>
              {batchSizes.map((size) => (
                <th key={size} scope="col">
                  {size}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {thresholds.toReversed().map((threshold) => (
              <tr key={String(threshold)}>
                <th class="row-name" scope="row">
                  {threshold}
                </th>
                {batchSizes.map((size, column) => {
                  const i = column * thresholds.length + thresholds.indexOf(threshold);
                  const name = `${plan.settings.rule} ${threshold}, batch ${size}`;
                  return (
                    <td key={size}>
                      <MapCell
                        {...cellFacts(progress.get(i), name)}
                        domain={domain}
                        onOpen={() =>
                          onOpen({ ...tasks[i]!.settings, images: settings.images, epochs: settings.epochs })
                        }
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MapLegend domain={domain} />
    </section>
  );
}
