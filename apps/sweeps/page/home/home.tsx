import type { useTheme } from '@nfnets/charts';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useKeys } from '../keys.js';
import { go } from '../place.js';
import { ThemeButton } from '../theme-button.js';
import { foundSweeps } from './found-sweeps.js';
import { SweepList } from './sweep-list.js';
import { useHome } from './use-home.js';

/** As many as the server puts side by side. */
const MOST_SELECTED = 8;

/** What was selected when the page last showed the home. */
let lastSelected: ReadonlySet<string> = new Set();

/** Every sweep of the folder: find one, open it, or put some side by side. */
export function Home({ search, theme }: { readonly search: string; readonly theme: ReturnType<typeof useTheme> }) {
  const state = useHome();
  const [selected, setSelected] = useState(lastSelected);
  lastSelected = selected;
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sweeps';
  }, []);
  const shown = useMemo(() => foundSweeps(state?.sweeps.values() ?? [], search), [state?.sweeps, search]);
  const find = (text: string) => go({ view: 'home', search: text }, { replaces: true });
  const toggle = (folder: string) =>
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(folder) && after.size < MOST_SELECTED) after.add(folder);
      return after;
    });
  // Those that are gone cannot be compared any more.
  const folders = [...selected].filter((folder) => state?.sweeps.has(folder));
  const compare = () => folders.length > 1 && go({ view: 'compare', folders });
  useKeys({
    '/': (event) => {
      event.preventDefault();
      box.current?.focus();
    },
    c: compare,
    Escape: () => {
      if (search !== '') find('');
      else if (document.activeElement !== box.current) setSelected(new Set());
      box.current?.blur();
    },
  });
  if (!state) return <p class="waiting muted">Reading the folder …</p>;
  const { sweeps, dir, problem, isConnected } = state;
  const isReading = [...sweeps.values()].some(({ state }) => state === 'reading');
  return (
    <div class="home">
      <header class="home-head">
        <h1>Sweeps</h1>
        <p class="muted dir">{dir}</p>
        <p class="tools">
          <span class={`connection ${isConnected ? 'on' : 'off'}`}>{isConnected ? 'live' : 'no connection'}</span>
          <ThemeButton choice={theme.choice} next={theme.next} />
        </p>
      </header>
      <div class="finder">
        <input
          ref={box}
          type="search"
          aria-label="search sweeps"
          placeholder="search ( / )"
          value={search}
          onInput={(event) => find(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return;
            event.preventDefault();
            document.querySelector<HTMLElement>('.sweeps a')?.focus();
          }}
        />
        <span class="muted found" role="status">
          {shown.length === sweeps.size ? `${sweeps.size} sweeps` : `${shown.length} of ${sweeps.size} sweeps`}
          {isReading && ', reading …'}
        </span>
        <span class="selection">
          {folders.length > 0 && (
            <>
              <button type="button" onClick={() => setSelected(new Set())}>
                clear
              </button>
              <button type="button" class="compare" disabled={folders.length < 2} onClick={compare}>
                {folders.length < 2 ? 'tick another to compare' : `compare ${folders.length} (c)`}
              </button>
            </>
          )}
        </span>
      </div>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {sweeps.size === 0 && problem === undefined ? (
        <p class="waiting">
          There is no sweep in this folder yet. <code>nf-sweeps run CONFIG --out {dir}/NAME</code> starts one; it
          appears here by itself.
        </p>
      ) : shown.length === 0 && problem === undefined ? (
        <p class="waiting">
          No sweep has all of “{search}” in its name, description, state, model, data set, tags or best.
        </p>
      ) : (
        <SweepList sweeps={shown} selected={selected} onSelect={toggle} />
      )}
      <p class="muted keys">
        <kbd>/</kbd> search <kbd>↑</kbd> <kbd>↓</kbd> move <kbd>Enter</kbd> open <kbd>Space</kbd> select <kbd>c</kbd>{' '}
        compare <kbd>Esc</kbd> back
      </p>
    </div>
  );
}
