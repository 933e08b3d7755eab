import { numberOf } from '@nfnets/json-numbers';
import { canonicalJson, pruneReason } from '../plan/index.js';
import { type SweepConfig, type TrialEvent, type TrialRecord, valueAtKey } from '../schema/index.js';
import { readEpochs, requestPrune, runFiles } from '../store/index.js';
import { isFigure } from '../text/index.js';

/** Watches the epochs of a sweep's trials, and asks those to stop that are not worth their time. */
export interface Pruner {
  /** Takes note of what the trial `id` told. */
  watch(id: string, event: TrialEvent): void;
}

/**
 * The pruner of a sweep in `dir`; undefined where it prunes nothing. It asks by a file in the trial's folder: the same
 * way wherever trials run.
 */
export function prunerOf({ prune }: SweepConfig, dir: string, records: readonly TrialRecord[]): Pruner | undefined {
  if (prune === undefined) return undefined;
  const groups = new Map(
    records.map(({ trial }) => [
      trial.id,
      canonicalJson((prune.within ?? []).map((key) => valueAtKey(trial.config, key) ?? null)),
    ]),
  );
  const historyOf = (id: string) => metricHistory(readEpochs(runFiles(dir).trial(id)), prune.metric);
  // All that was ever trained, however it ended: a run that was stopped compares as one that was not.
  const histories = new Map(
    records.flatMap(({ trial: { id }, status }) => (status === undefined ? [] : [[id, historyOf(id)] as const])),
  );
  return {
    watch(id, event) {
      if (event.type !== 'epoch') return;
      const known = histories.get(id) ?? [];
      // A trial that goes on from a checkpoint tells its later epochs only: those before are in its file.
      const before = known.length < event.epoch - 1 ? historyOf(id) : known;
      const history = metricHistory([event], prune.metric, before.slice(0, event.epoch - 1));
      histories.set(id, history);
      const others = [...histories].filter(([other]) => other !== id && groups.get(other) === groups.get(id));
      const reason = pruneReason(
        history,
        others.map(([, values]) => values),
        prune,
      );
      if (reason !== undefined) requestPrune(runFiles(dir).trial(id), reason);
    },
  };
}

/**
 * The metric after each epoch, from the first: NaN where an end of an epoch has none, has a loss that is not finite, or is missing. `before` has those of the
 * epochs before `ends`. Pure.
 */
export function metricHistory(
  ends: readonly { readonly epoch: number; readonly loss: number; readonly accuracy?: number }[],
  metric: 'loss' | 'accuracy',
  before: readonly number[] = [],
): number[] {
  const history = [...before];
  for (const end of ends) {
    while (history.length < end.epoch) history.push(Number.NaN);
    // The classes that a network without a finite loss names are none, though a share of them be right.
    history[end.epoch - 1] = isFigure(end.loss) ? (numberOf(end[metric]) ?? Number.NaN) : Number.NaN;
  }
  return history;
}
