import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useState } from 'preact/hooks';
import type { HomeMessage, SweepRow } from '../messages.js';

interface HomeState {
  readonly dir: string;
  readonly sweeps: ReadonlyMap<string, SweepRow>;
  readonly problem?: string;
  readonly isConnected: boolean;
}

/** What was known when the page last showed the home: it is there at once on the way back. */
let last: HomeState | undefined;

/** The sweeps as the server tells of them, from now on; undefined until it has. */
export function useHome(): HomeState | undefined {
  const [state, setState] = useState(last);
  useEffect(() => {
    const source = new EventSource('/api/sweeps');
    const set = (change: (before: HomeState | undefined) => HomeState | undefined) =>
      setState((before) => {
        last = change(before);
        return last;
      });
    const receive = (event: MessageEvent<string>) => {
      const message = fromJson(event.data) as HomeMessage;
      set((before) => {
        if (message.type === 'changed') {
          if (!before) return before;
          const sweeps = new Map(before.sweeps);
          for (const sweep of message.sweeps) sweeps.set(sweep.folder, sweep);
          return { ...before, sweeps };
        }
        const { dir, sweeps, problem } = message;
        return {
          dir,
          sweeps: new Map(sweeps.map((sweep) => [sweep.folder, sweep])),
          ...(problem === undefined ? {} : { problem }),
          isConnected: true,
        };
      });
    };
    for (const type of ['sweeps', 'changed']) source.addEventListener(type, receive);
    source.addEventListener('error', () => set((before) => before && { ...before, isConnected: false }));
    return () => source.close();
  }, []);
  return state;
}
