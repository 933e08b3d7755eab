import { memo } from 'preact/compat';
import type { SweepRow } from '../messages.js';
import { hashOf } from '../place.js';
import { formatWhen, localTime } from './format-when.js';

interface SweepLineProps {
  readonly sweep: SweepRow;
  /** In milliseconds. */
  readonly now: number;
  /** Whether it is the one in the tab order. */
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly onSelect: (folder: string) => void;
  readonly onFocus: (folder: string) => void;
}

/** Signs beside the words, so that the states differ without colours. */
const SIGNS: Readonly<Record<SweepRow['state'], string>> = {
  reading: '…',
  running: '▶',
  finished: '✓',
  stopped: '■',
  'not started': '○',
  damaged: '✕',
};

/** One sweep: its name, state, progress, best and where, and when it last changed. */
export const SweepLine = memo(
  ({ sweep, now, isActive, isSelected, onSelect, onFocus }: SweepLineProps) => {
    const { folder, name, description, state, counts, ended, total, best, written, damage } = sweep;
    const others = (['diverged', 'pruned', 'failed', 'preempted', 'running', 'queued'] as const).filter(
      (each) => counts[each],
    );
    return (
      <li class={`sweep${isSelected ? ' selected' : ''}`} onFocusIn={() => onFocus(folder)}>
        <input
          type="checkbox"
          tabIndex={isActive ? 0 : -1}
          aria-label={`select ${folder}`}
          checked={isSelected}
          onChange={() => onSelect(folder)}
        />
        <span class="name">
          <a href={hashOf({ view: 'sweep', folder })} tabIndex={isActive ? 0 : -1}>
            {folder}
          </a>
          <small class="muted">
            {[...(name === folder ? [] : [name]), ...(description ? [description] : [])].join(': ')}
          </small>
        </span>
        <span class={`state ${state.replace(' ', '-')}`}>
          <span aria-hidden="true">{SIGNS[state]}</span> {state}
        </span>
        <span class="progress">
          <progress max={Math.max(1, total)} value={ended} aria-label="trials that ended" />
          <small>
            {state !== 'reading' && state !== 'damaged' && `${ended} of ${total}`}
            {others.map((each) => (
              <span key={each} class="muted">
                , {counts[each]} {each}
              </span>
            ))}
          </small>
        </span>
        <span class="best">
          {best && (
            <>
              <strong>{best.text}</strong> <small class="muted">{best.at && `at ${best.at}`}</small>
            </>
          )}
          {damage.length > 0 && (
            <small class="damage" title={damage.join('\n')}>
              {damage[0]}
              {damage.length > 1 && ` And ${damage.length - 1} more.`}
            </small>
          )}
        </span>
        <time class="muted" dateTime={written} title={localTime(written)}>
          {formatWhen(written, now)}
        </time>
      </li>
    );
  },
  (a, b) => a.sweep === b.sweep && a.now === b.now && a.isActive === b.isActive && a.isSelected === b.isSelected,
);
