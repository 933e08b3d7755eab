import type { useTheme } from '@nfnets/charts';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { bestCombinations } from '../src/report/best-combination.js';
import { useSweepApi } from './api.js';
import { type Cell, cellKey, combinationsOf, defaultAxes, isSeed } from './cells.js';
import { ComparePanel } from './compare-panel.js';
import { formatDuration, nameOfTrial } from './format.js';
import { Heatmap } from './heatmap.js';
import { useKeys } from './keys.js';
import type { LiveTrial } from './messages.js';
import { go, hashOf, type Place } from './place.js';
import { ThemeButton } from './theme-button.js';
import { TrialList } from './trial-list.js';
import { TrialPanel } from './trial-panel.js';
import { type SweepState, useSweep } from './use-sweep.js';

const STATES = ['running', 'done', 'diverged', 'pruned', 'failed', 'preempted', 'queued'] as const;
/** More lines cannot be told apart. */
const MOST_COMPARED = 8;

type SweepPlace = Extract<Place, { view: 'sweep' }>;

interface LiveSweepPageProps {
  readonly place: SweepPlace;
  readonly theme: ReturnType<typeof useTheme>;
}

/** One sweep as it goes: its heatmap, its trials, and one of them or some side by side. */
export function LiveSweepPage({ place, theme: { theme, choice, next } }: LiveSweepPageProps) {
  const { state, problem } = useSweep();
  useEffect(() => {
    if (state) document.title = `${state.sweep.name} – sweep`;
  }, [state?.sweep.name]);
  const { folder } = place;
  // What is open closes first: see `Body`.
  useKeys(state || folder === undefined ? {} : { Escape: () => go(HOME) });
  return (
    <>
      {folder !== undefined && (
        <nav class="way-home">
          <a href={hashOf(HOME)}>← all sweeps</a>
        </nav>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem} {state && 'What is shown is what was read last.'}
        </p>
      )}
      {state ? (
        <>
          <Summary {...state} theme={<ThemeButton choice={choice} next={next} />} />
          <Body {...state} theme={theme} place={place} />
        </>
      ) : (
        problem === undefined && <p class="waiting muted">Reading the run folder …</p>
      )}
    </>
  );
}

const HOME: Place = { view: 'home', search: '' };

function Summary({ sweep, trials, isConnected, theme }: SweepState & { theme: ComponentChildren }) {
  const api = useSweepApi();
  const all = [...trials.values()];
  const count = (wanted: string) => all.filter(({ state }) => state === wanted).length;
  const [best, ...equals] = bestCombinations(combinationsOf(all, sweep.axes));
  const places = sweep.axes.flatMap(({ path }, i) => (isSeed(path) ? [] : i));
  const ended = count('done') + count('diverged') + count('pruned');
  const left = secondsLeft(all);
  return (
    <header class="summary">
      <div>
        <h1>{sweep.name}</h1>
        {sweep.description && <p class="muted">{sweep.description}</p>}
      </div>
      <p class="counts">
        <strong>{ended}</strong> of {all.length} ended
        {STATES.filter((wanted) => wanted !== 'done' && count(wanted) > 0).map((wanted) => (
          <span key={wanted}>
            ,{' '}
            <span class={`state ${wanted}`}>
              {count(wanted)} {wanted}
            </span>
          </span>
        ))}
        {left !== undefined && <>, about {formatDuration(left)} left</>}
        {best && (
          <>
            . Best <strong>{best.mean!.toFixed(1)} %</strong>
            {best.done > 1 && ` (mean of ${best.done} seeds)`} at{' '}
            {nameOfTrial(
              best.trials[0]!,
              places.map((i) => sweep.axes[i]!),
              places,
            )}
            {equals.length > 0 && `, as ${equals.length} more`}
          </>
        )}
      </p>
      <p class="tools">
        <span class={`connection ${isConnected ? 'on' : 'off'}`}>{isConnected ? 'live' : 'no connection'}</span>
        <a href={`${api}/report`}>Report</a>
        {theme}
      </p>
      <progress max={all.length} value={ended} aria-label="trials that ended" />
    </header>
  );
}

/** Seconds until the end at the pace of those that ended, with as many at a time as run now. */
function secondsLeft(trials: readonly LiveTrial[]): number | undefined {
  const running = trials.filter(({ state }) => state === 'running');
  const perStep = trials.flatMap(({ startedAt, endedAt, step, state }) =>
    state === 'done' && startedAt && endedAt && step > 0
      ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 / step
      : [],
  );
  if (running.length === 0 || perStep.length === 0) return undefined;
  const open = trials.filter(({ state }) => state === 'running' || state === 'queued');
  const steps = open.reduce((sum, { step, steps }) => sum + steps - step, 0);
  return (steps * perStep.reduce((sum, value) => sum + value, 0)) / perStep.length / running.length;
}

function Body({ sweep, trials, theme, place }: SweepState & { theme: string; place: SweepPlace }) {
  const { axes } = sweep;
  const [places, setPlaces] = useState(() => defaultAxes(axes));
  const { folder, trial: opened, other } = place;
  const [compared, setCompared] = useState<ReadonlySet<string>>(new Set());
  const [isComparing, setIsComparing] = useState(false);
  const [shownState, setShownState] = useState<string>();
  const [search, setSearch] = useState('');
  const [cell, setCell] = useState<string>();
  const [row, column] = places;
  useEffect(() => setPlaces(defaultAxes(axes)), [axes.map(({ path }) => path).join()]);

  const all = useMemo(() => [...trials.values()], [trials]);
  const shown = useMemo(
    () =>
      all.filter(
        (trial) =>
          (shownState === undefined || trial.state === shownState) &&
          (cell === undefined || cellKey(trial.values[row], trial.values[column]) === cell) &&
          (search === '' || `${trial.id} ${nameOfTrial(trial, axes)} ${trial.reason ?? ''}`.includes(search)),
      ),
    [all, shownState, search, cell, row, column],
  );
  const show = (trial?: string, other?: string) =>
    go({
      view: 'sweep',
      ...{ ...(folder === undefined ? {} : { folder }), ...(trial ? { trial } : {}), ...(other ? { other } : {}) },
    });
  const open = (id: string) => {
    if (id !== opened) show(id);
    setIsComparing(false);
  };
  const openCell = (chosen: Cell) => {
    const first = chosen.trials[0]!;
    const key = cellKey(first.values[row], first.values[column]);
    setCell(key === cell ? undefined : key);
    if (key !== cell)
      open((chosen.trials.find(({ state }) => state === 'diverged' && chosen.mean === undefined) ?? first).id);
  };
  const compare = (id: string) =>
    setCompared((before) => {
      const after = new Set(before);
      if (!after.delete(id) && after.size < MOST_COMPARED) after.add(id);
      return after;
    });
  const box = useRef<HTMLInputElement>(null);
  useKeys({
    '/': (event) => {
      event.preventDefault();
      box.current?.focus();
    },
    Escape: () => {
      const isSearching = document.activeElement === box.current;
      if (isSearching) {
        setSearch('');
        box.current?.blur();
      } else if (isComparing) setIsComparing(false);
      else if (opened !== undefined) show();
      else if (folder !== undefined) go(HOME);
    },
  });
  const openedTrial = opened === undefined ? undefined : trials.get(opened);
  const comparedTrials = [...compared].flatMap((id) => trials.get(id) ?? []);
  return (
    <main>
      <div class="left">
        <Heatmap
          {...{ trials, axes, row, column }}
          chosen={cell}
          onAxes={(down, across) => {
            setPlaces([down, across]);
            setCell(undefined);
          }}
          onOpen={openCell}
        />
        <section class="trials">
          <h2>Trials</h2>
          <p class="filters">
            {STATES.filter((wanted) => all.some(({ state }) => state === wanted)).map((wanted) => (
              <button
                key={wanted}
                type="button"
                aria-pressed={shownState === wanted}
                onClick={() => setShownState(shownState === wanted ? undefined : wanted)}
              >
                {wanted}
              </button>
            ))}
            {cell !== undefined && (
              <button type="button" aria-pressed onClick={() => setCell(undefined)}>
                one cell ✕
              </button>
            )}
            <input
              ref={box}
              type="search"
              placeholder="search ( / )"
              aria-label="search trials"
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
            <span class="muted">
              {shown.length === all.length ? `${all.length}` : `${shown.length} of ${all.length}`}
            </span>
            {compared.size > 0 && (
              <>
                <button type="button" class="compare" onClick={() => setIsComparing(true)}>
                  compare {compared.size}
                </button>
                <button type="button" onClick={() => setCompared(new Set())}>
                  clear
                </button>
              </>
            )}
          </p>
          <TrialList trials={shown} {...{ axes, opened, compared }} onOpen={open} onCompare={compare} />
        </section>
      </div>
      <div class="right">
        {isComparing && comparedTrials.length > 0 ? (
          <ComparePanel trials={comparedTrials} axes={axes} theme={theme} onClose={() => setIsComparing(false)} />
        ) : openedTrial ? (
          <TrialPanel
            key={openedTrial.id}
            trial={openedTrial}
            axes={axes}
            theme={theme}
            all={all}
            other={other === undefined ? undefined : trials.get(other)}
            onOther={(id) => show(openedTrial.id, id)}
            onClose={() => show()}
          />
        ) : opened !== undefined ? (
          <section class="panel empty">
            <p class="muted">This sweep has no trial {opened}.</p>
          </section>
        ) : (
          <section class="panel empty">
            <p class="muted">
              Choose a cell or a trial for its curves, its clipping and its log. Tick several to compare them.
            </p>
          </section>
        )}
      </div>
    </main>
  );
}
