import { setTimeout as wait } from 'node:timers/promises';
import type { followRun, LiveSweep, LiveTrial } from './live-run.js';

/** What a subscriber is told. */
export type LiveMessage =
  | { readonly type: 'sweep'; readonly sweep: LiveSweep }
  | { readonly type: 'trials'; readonly trials: readonly LiveTrial[] };

/**
 * Shares one look at the run folder, every `every` milliseconds while anybody listens, among all subscribers. A slow
 * subscriber gets the latest state of each trial, not every state.
 */
export function liveFeed(run: ReturnType<typeof followRun>, every: number) {
  const subscribers = new Set<{ trials: Map<string, LiveTrial>; hasNewPlan: boolean; wake: () => void }>();
  let isLooking = false;

  const lookWhileHeard = async () => {
    if (isLooking) return;
    isLooking = true;
    while (subscribers.size > 0) {
      await wait(every);
      const { hasNewPlan, trials } = lookNow(run);
      if (!hasNewPlan && trials.length === 0) continue;
      for (const subscriber of subscribers) {
        subscriber.hasNewPlan ||= hasNewPlan;
        for (const trial of trials) subscriber.trials.set(trial.id, trial);
        subscriber.wake();
      }
    }
    isLooking = false;
  };

  /** The whole sweep, then what changes, until `signal` aborts. */
  return async function* subscribe(signal: AbortSignal): AsyncGenerator<LiveMessage> {
    const subscriber = { trials: new Map<string, LiveTrial>(), hasNewPlan: false, wake: () => {} };
    subscribers.add(subscriber);
    signal.addEventListener('abort', () => subscriber.wake());
    try {
      yield { type: 'sweep', sweep: run.sweep() };
      void lookWhileHeard();
      while (!signal.aborted) {
        if (subscriber.hasNewPlan) {
          subscriber.hasNewPlan = false;
          subscriber.trials.clear();
          yield { type: 'sweep', sweep: run.sweep() };
        } else if (subscriber.trials.size > 0) {
          const trials = [...subscriber.trials.values()];
          subscriber.trials.clear();
          yield { type: 'trials', trials };
        } else {
          await new Promise<void>((resolve) => {
            subscriber.wake = resolve;
          });
        }
      }
    } finally {
      subscribers.delete(subscriber);
    }
  };
}

/** A run folder that is being moved or deleted is looked at again later. */
function lookNow(run: ReturnType<typeof followRun>) {
  try {
    return run.look();
  } catch {
    return { hasNewPlan: false, trials: [] };
  }
}
