import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatDuration, formatLoss, formatPercent, formatValue, tookSeconds } from './format.js';
import { placeAfterKey } from './keys.js';
import type { Axis, LiveTrial } from './messages.js';

interface TrialListProps {
  readonly trials: readonly LiveTrial[];
  readonly axes: readonly Axis[];
  readonly opened: string | undefined;
  readonly compared: ReadonlySet<string>;
  readonly onOpen: (id: string) => void;
  readonly onCompare: (id: string) => void;
}

const ROW_HEIGHT = 32;
/** Rows kept ready above and below what is seen. */
const SPARE = 12;

type SortKey = number | 'accuracy' | 'loss' | 'progress' | 'time' | 'state' | 'plan';

/** The trials as rows, of which only those in sight exist: thousands scroll as smoothly as ten. */
export function TrialList({ trials, axes, opened, compared, onOpen, onCompare }: TrialListProps) {
  const box = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  const [sort, setSort] = useState<{ key: SortKey; isDown: boolean }>({ key: 'plan', isDown: false });
  const sorted = useMemo(() => sortedBy(trials, axes, sort), [trials, axes, sort]);

  useEffect(() => {
    const element = box.current!;
    let frame = 0;
    const look = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setView({ top: element.scrollTop, height: element.clientHeight });
      });
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      element.removeEventListener('scroll', look);
    };
  }, []);

  // Of all rows one is in the tab order; the arrows lead to the others.
  const [active, setActive] = useState<string>();
  const wanted = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const button = box.current?.querySelector<HTMLElement>(`[data-place="${wanted.current}"] .id`);
    if (!button) return;
    wanted.current = undefined;
    button.focus({ preventScroll: true });
  });
  const move = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-place]');
    const list = box.current!;
    const page = Math.max(1, Math.floor(list.clientHeight / ROW_HEIGHT) - 2);
    const to = row ? placeAfterKey(event.key, Number(row.dataset['place']), sorted.length, page) : undefined;
    if (to === undefined) return;
    event.preventDefault();
    wanted.current = to;
    setActive(sorted[to]!.id);
    // The head covers a row.
    const [top, bottom] = [ROW_HEIGHT * to, ROW_HEIGHT * (to + 2) - list.clientHeight];
    list.scrollTop = Math.min(top, Math.max(list.scrollTop, bottom));
  };

  const first = Math.max(0, Math.floor(view.top / ROW_HEIGHT) - SPARE);
  const last = Math.min(sorted.length, Math.ceil((view.top + view.height) / ROW_HEIGHT) + SPARE);
  const isInSight = sorted.slice(first, last).some(({ id }) => id === active);
  const firstInSight = Math.min(sorted.length - 1, Math.ceil(view.top / ROW_HEIGHT));
  // Labels are as long as it takes to tell the values apart.
  const widths = axes.map(({ short, labels }) =>
    Math.ceil(Math.max(52, Math.min(260, 9.5 * Math.max(short.length, ...labels.map(({ length }) => length))))),
  );
  const columns = `20px ${widths.map((width) => `minmax(${width}px, 1fr)`).join(' ')} 76px 48px 52px 60px 76px 100px`;
  // Of the columns, the gaps between them and the padding.
  const minWidth = `${452 + widths.reduce((sum, width) => sum + width, 0) + 8 * (axes.length + 6)}px`;
  const title = (key: SortKey, text: string, isNumber = true) => (
    <button
      type="button"
      class={`title${isNumber ? ' number' : ''}`}
      onClick={() => setSort((before) => ({ key, isDown: before.key === key ? !before.isDown : isNumber }))}
    >
      {text}
      {sort.key === key && key !== 'plan' ? (sort.isDown ? ' ↓' : ' ↑') : ''}
    </button>
  );
  return (
    <section class="list" aria-label="trials" ref={box} onKeyDown={move}>
      <div class="row head" style={{ gridTemplateColumns: columns, minWidth }}>
        <span title="compare">⇄</span>
        {axes.map(({ short, path }, i) => (
          <span key={path}>{title(i, short)}</span>
        ))}
        <span>{title('progress', 'steps')}</span>
        <span>{title('accuracy', 'acc %')}</span>
        <span>{title('loss', 'train loss')}</span>
        <span>{title('time', 'time')}</span>
        <span>{title('state', 'state', false)}</span>
        <span>{title('plan', 'trial', false)}</span>
      </div>
      <div class="rows" style={{ height: `${ROW_HEIGHT * sorted.length}px`, minWidth }}>
        {sorted.slice(first, last).map((trial, i) => {
          const { id, values, step, steps, accuracy, loss, state } = trial;
          const took = tookSeconds(trial);
          const isActive = isInSight ? id === active : first + i === firstInSight;
          return (
            <div
              key={id}
              data-place={first + i}
              onFocusIn={() => setActive(id)}
              class={`row${id === opened ? ' opened' : ''}`}
              style={{ gridTemplateColumns: columns, transform: `translateY(${ROW_HEIGHT * (first + i)}px)` }}
            >
              <span>
                <input
                  type="checkbox"
                  tabIndex={isActive ? 0 : -1}
                  aria-label={`compare ${id}`}
                  checked={compared.has(id)}
                  onChange={() => onCompare(id)}
                />
              </span>
              {values.map((value, k) => (
                <span key={axes[k]?.path} class="number">
                  {formatValue(value, axes[k]!)}
                </span>
              ))}
              <span class="number">
                {step}/{steps}
              </span>
              <span class="number">{formatPercent(state === 'diverged' ? undefined : accuracy)}</span>
              <span class="number">{formatLoss(loss)}</span>
              <span class="number">{took === undefined ? '' : formatDuration(took)}</span>
              <span class={`state ${state}`}>{state}</span>
              <span>
                <button
                  type="button"
                  class="id"
                  tabIndex={isActive ? 0 : -1}
                  aria-label={`trial ${id}`}
                  onClick={() => onOpen(id)}
                >
                  {id}
                </button>
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}

function sortedBy(
  trials: readonly LiveTrial[],
  axes: readonly Axis[],
  { key, isDown }: { readonly key: SortKey; readonly isDown: boolean },
): readonly LiveTrial[] {
  if (key === 'plan') return isDown ? trials.toReversed() : trials;
  const value = (trial: LiveTrial): number | string => {
    if (typeof key === 'number') {
      const given = trial.values[key] ?? null;
      return axes[key]!.values.findIndex((each) => (each ?? null) === given);
    }
    if (key === 'progress') return trial.step / trial.steps;
    if (key === 'time') return tookSeconds(trial) ?? -1;
    if (key === 'state') return trial.state;
    if (key === 'accuracy') return trial.state === 'diverged' ? -1 : (trial.accuracy ?? -1);
    return trial.loss ?? Number.POSITIVE_INFINITY;
  };
  const keyed = trials.map((trial) => ({ trial, by: value(trial) }));
  keyed.sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0) * (isDown ? -1 : 1));
  return keyed.map(({ trial }) => trial);
}
