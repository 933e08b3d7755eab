import { numberOf } from '@nfnets/json-numbers';
import { canonicalJson } from './canonical-json.js';
import { isFigure } from './format-values.js';
import { pruneReason } from './prune-rule.js';
import { readJson, readUnlessDamaged } from './read-json.js';
import { runFiles, type TrialRecord } from './run-folder.js';
import type { SweepConfig } from './sweep-schema.js';
import { readEpochs, trialFiles } from './trial-folder.js';
import type { TrialEvent } from './trial-function.js';
import { valueAtKey } from './trial-keys.js';
import { writeJson } from './write-file-safely.js';

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
      if (reason !== undefined) ask(trialFiles(runFiles(dir).trial(id)).prune, reason);
    },
  };
}

function ask(path: string, reason: string): void {
  try {
    writeJson(path, { reason });
  } catch {
    // A full disk, say: the trial goes on, and is asked again after its next epoch.
  }
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

/** Why the trial in `dir` was asked to stop; undefined where it was not, and where the file that asks is damaged. */
export function readPruneReason(dir: string): string | undefined {
  const { prune } = trialFiles(dir);
  const isValid = (value: unknown) => typeof (value as { reason?: unknown } | null)?.reason === 'string';
  return readUnlessDamaged(() => readJson<{ reason: string }>(prune, { isValid })).value?.reason;
}
