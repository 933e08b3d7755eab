import { fromJson } from '@nfnets/json-numbers';
import { useEffect, useState } from 'preact/hooks';
import { useSweepApi } from './api.js';
import type { LiveMessage, LiveSweep, LiveTrial } from './messages.js';

export interface SweepState {
  readonly sweep: LiveSweep;
  readonly trials: ReadonlyMap<string, LiveTrial>;
  readonly isConnected: boolean;
}

/** The sweep as the server tells it, from now on, and what keeps it from being told. Comes back by itself after a break. */
export function useSweep(): { readonly state?: SweepState; readonly problem?: string } {
  const api = useSweepApi();
  const [state, setState] = useState<SweepState>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const source = new EventSource(`${api}/events`);
    const receive = (event: MessageEvent<string>) => {
      const message = fromJson(event.data) as LiveMessage;
      setProblem(message.type === 'problem' ? message.problem : undefined);
      setState((before) => {
        if (message.type === 'problem') return before;
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
    for (const type of ['sweep', 'trials', 'problem']) source.addEventListener(type, receive);
    source.addEventListener('error', () => {
      // Refused, not interrupted.
      if (source.readyState === EventSource.CLOSED) setProblem('There is no such sweep in the folder (any more).');
      setState((before) => before && { ...before, isConnected: false });
    });
    return () => source.close();
  }, [api]);
  return { ...(state ? { state } : {}), ...(problem === undefined ? {} : { problem }) };
}
