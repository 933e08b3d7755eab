import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useState } from 'preact/hooks';
import type { LiveMessage, LiveSweep, LiveTrial } from './messages.js';

export interface SweepState {
  readonly sweep: LiveSweep;
  readonly trials: ReadonlyMap<string, LiveTrial>;
  readonly isConnected: boolean;
}

/** The sweep as the server tells it, from now on; undefined until it has. Comes back by itself after a break. */
export function useSweep(): SweepState | undefined {
  const [state, setState] = useState<SweepState>();
  useEffect(() => {
    const source = new EventSource('/api/events');
    const receive = (event: MessageEvent<string>) => {
      const message = fromJson(event.data) as LiveMessage;
      setState((before) => {
        if (message.type === 'sweep') {
          const { sweep } = message;
          return { sweep, trials: new Map(sweep.trials.map((trial) => [trial.id, trial])), isConnected: true };
        }
        if (!before) return before;
        const trials = new Map(before.trials);
        for (const trial of message.trials) trials.set(trial.id, trial);
        return { ...before, trials };
      });
    };
    source.addEventListener('sweep', receive);
    source.addEventListener('trials', receive);
    source.addEventListener('error', () => setState((before) => before && { ...before, isConnected: false }));
    return () => source.close();
  }, []);
  return state;
}
