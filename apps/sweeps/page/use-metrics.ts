import { useEffect, useRef, useState } from 'preact/hooks';
import { readTrialLine } from '../src/store/trial-lines.js';
import { useSweepApi } from './api.js';
import type { FilePart, LiveTrial, MetricsLine } from './messages.js';

/** Follows a file of a trial part by part: calls `take` with new text, and `reset` when the file is another. */
async function readOn(
  api: string,
  id: string,
  name: 'metrics' | 'log',
  place: { version: string; next: number },
  take: (text: string, isNew: boolean) => void,
): Promise<void> {
  for (;;) {
    const response = await fetch(`${api}/trials/${id}/${name}?from=${place.next}`);
    if (!response.ok) return;
    const { version, text, next, hasMore } = (await response.json()) as FilePart;
    if (place.version !== '' && version !== place.version) {
      Object.assign(place, { version: '', next: 0 });
      take('', true);
      continue;
    }
    Object.assign(place, { version, next });
    take(text, false);
    if (!hasMore) return;
  }
}

/** What changes when a trial's files may have. */
const stamp = ({ state, step, endedAt }: LiveTrial) => `${state} ${step} ${endedAt}`;

/** The metrics of some trials by id, read on as they grow. */
export function useMetrics(trials: readonly LiveTrial[]): ReadonlyMap<string, readonly MetricsLine[]> {
  const api = useSweepApi();
  const [lines, setLines] = useState<ReadonlyMap<string, readonly MetricsLine[]>>(new Map());
  const places = useRef(new Map<string, { version: string; next: number; isBusy: boolean }>());
  useEffect(() => {
    const wanted = new Set(trials.map(({ id }) => id));
    for (const id of places.current.keys()) if (!wanted.has(id)) places.current.delete(id);
    setLines((before) => new Map([...before].filter(([id]) => wanted.has(id))));
    for (const { id } of trials) {
      const place = places.current.get(id) ?? { version: '', next: 0, isBusy: false };
      places.current.set(id, place);
      if (place.isBusy) continue;
      place.isBusy = true;
      void readOn(api, id, 'metrics', place, (text, isNew) => {
        if (places.current.get(id) !== place) return;
        const added = text.split('\n').flatMap((line) => readTrialLine<MetricsLine>(line) ?? []);
        if (isNew || added.length > 0)
          setLines((before) => new Map(before).set(id, isNew ? [] : [...(before.get(id) ?? []), ...added]));
      })
        .catch(() => {})
        .finally(() => {
          place.isBusy = false;
        });
    }
  }, [trials.map((trial) => trial.id + stamp(trial)).join()]);
  return lines;
}

/** The end of a trial's log, read on as it grows. */
export function useLog(trial: LiveTrial): string {
  const api = useSweepApi();
  const [text, setText] = useState('');
  const place = useRef({ id: '', version: '', next: -LOG_BYTES });
  useEffect(() => {
    if (place.current.id !== trial.id) {
      place.current = { id: trial.id, version: '', next: -LOG_BYTES };
      setText('');
    }
    const here = place.current;
    void readOn(api, trial.id, 'log', here, (more, isNew) => {
      if (place.current === here) setText((before) => (isNew ? '' : (before + more).slice(-LOG_BYTES)));
    }).catch(() => {});
  }, [trial.id + stamp(trial)]);
  return text;
}

const LOG_BYTES = 65_536;
