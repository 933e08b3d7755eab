import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { placeAfterKey } from '../keys.js';
import type { SweepRow } from '../messages.js';
import { SweepLine } from './sweep-line.js';

interface SweepListProps {
  readonly sweeps: readonly SweepRow[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (folder: string) => void;
}

/** The sweep that was left last: the way back leads to it. */
let lastActive: string | undefined;

/** Sweeps as rows, of which one is in the tab order and the arrows lead to the others. The browser leaves out to lay out what is not in sight. */
export function SweepList({ sweeps, selected, onSelect }: SweepListProps) {
  const list = useRef<HTMLOListElement>(null);
  const [active, setActive] = useState(lastActive);
  const now = useNow();
  const place = sweeps.findIndex(({ folder }) => folder === active);
  const focus = (to: number) => list.current?.children[to]?.querySelector('a')?.focus();
  useLayoutEffect(() => {
    if (lastActive !== undefined && document.activeElement === document.body && place >= 0) focus(place);
  }, []);
  return (
    <ol
      class="sweeps"
      ref={list}
      onKeyDown={(event) => {
        if (event.key === ' ' && event.target instanceof HTMLAnchorElement && place >= 0) {
          event.preventDefault();
          onSelect(sweeps[place]!.folder);
        }
        const to = placeAfterKey(event.key, place, sweeps.length);
        if (to === undefined) return;
        event.preventDefault();
        focus(to);
      }}
    >
      {sweeps.map((sweep, i) => (
        <SweepLine
          key={sweep.folder}
          sweep={sweep}
          now={now}
          isActive={place < 0 ? i === 0 : i === place}
          isSelected={selected.has(sweep.folder)}
          onSelect={onSelect}
          onFocus={(folder) => {
            lastActive = folder;
            setActive(folder);
          }}
        />
      ))}
    </ol>
  );
}

/** The time, every half minute. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
