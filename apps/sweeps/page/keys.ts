import { useEffect, useRef } from 'preact/hooks';

/** Whether keys that are typed now are text. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.matches('input:not([type="checkbox"]), textarea, select');

/** Calls what `keys` says when a key is pressed, without Ctrl, Alt or Meta, and not while one types: but Escape then too. */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (event.key !== 'Escape' && isTyping(event)) return;
      latest.current[event.key]?.(event);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** The place among `count` that `key` leads to from `place`, a list's arrows, Home, End, or a page of `page`; undefined for other keys. */
export function placeAfterKey(key: string, place: number, count: number, page = 10): number | undefined {
  const to: Readonly<Record<string, number>> = {
    ArrowDown: place + 1,
    ArrowUp: place - 1,
    PageDown: place + page,
    PageUp: place - page,
    Home: 0,
    End: count - 1,
  };
  const found = to[key];
  return found === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, found));
}
