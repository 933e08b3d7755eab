import { existsSync } from 'node:fs';
import { canonicalJson } from './canonical-json.js';
import { pruneReason } from './prune-rule.js';
import { runFiles, type TrialRecord } from './run-folder.js';
import type { SweepConfig } from './sweep-schema.js';
import { readJson, readMetrics, trialFiles } from './trial-folder.js';
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
  const histories = new Map<string, number[]>();
  for (const { trial, status } of records) {
    if (status?.status !== 'done' && status?.status !== 'pruned') continue;
    const lines = readMetrics(runFiles(dir).trial(trial.id));
    histories.set(
      trial.id,
      lines.flatMap((line) => (line.type === 'epoch' ? Number(line[prune.metric]) : [])),
    );
  }
  return {
    watch(id, event) {
      if (event.type === 'resume') histories.delete(id);
      if (event.type !== 'epoch') return;
      const history = histories.get(id) ?? [];
      // A trial that goes on from a checkpoint tells its later epochs only.
      history[event.epoch - 1] = event[prune.metric];
      histories.set(id, history);
      const others = [...histories].filter(([other]) => other !== id && groups.get(other) === groups.get(id));
      const complete = [...history].every((value) => value !== undefined);
      const reason = complete
        ? pruneReason(
            history,
            others.map(([, values]) => values),
            prune,
          )
        : undefined;
      if (reason !== undefined) writeJson(trialFiles(runFiles(dir).trial(id)).prune, { reason });
    },
  };
}

/** Why the trial in `dir` was asked to stop; undefined where it was not. */
export function readPruneReason(dir: string): string | undefined {
  const file = trialFiles(dir).prune;
  return existsSync(file) ? readJson<{ reason: string }>(file)?.reason : undefined;
}
