import { basename } from 'node:path';
import { keysOfSeed } from '../../../plan/index.js';
import { describeBest, nameOfBest, type SweepSummary, summarize } from '../../../report/index.js';
import type { TrialRecord } from '../../../schema/index.js';
import { runFiles, type StoredPlan, trialFiles } from '../../../store/index.js';
import { writtenAt } from '../file-stamp.js';

/** A sweep as the home page lists it. */
export interface SweepRow {
  /** Name of its run folder, which tells it from the others. */
  readonly folder: string;
  readonly name: string;
  readonly description?: string;
  /** Model, data set and tags: what one may search for besides. */
  readonly words: readonly string[];
  /** `reading` until its trials have been read for the first time; `stopped` with trials left that do not run. */
  readonly state: 'reading' | 'running' | 'finished' | 'stopped' | 'not started' | 'damaged';
  readonly counts: SweepSummary['counts'];
  readonly total: number;
  /** Trials that need not run any more. */
  readonly ended: number;
  /** How good its best combination is, in words and as a share, and where it is. */
  readonly best?: { readonly text: string; readonly accuracy: number; readonly at: string };
  /** When a trial last wrote something, or else the plan was, ISO 8601. */
  readonly written: string;
  /** What is damaged, a sentence each. */
  readonly damage: readonly string[];
}

/** The row of a run folder of which no trial has been read. */
export function unreadRow(dir: string): SweepRow {
  const { plan, index, summary } = runFiles(dir);
  const folder = basename(dir);
  return {
    ...{ folder, name: folder, words: [], state: 'reading', counts: {}, total: 0, ended: 0, damage: [] },
    written: isoTime(Math.max(...[plan, index, summary].map(writtenAt))),
  };
}

/** The row of a run folder that cannot be read, for the reason `damage`. */
export const damagedRow = (dir: string, damage: string): SweepRow => ({
  ...unreadRow(dir),
  state: 'damaged',
  damage: [damage],
});

/** The row of the run folder `dir` with `records`, in which `damage` was found. */
export function sweepRow(
  dir: string,
  { config }: StoredPlan,
  records: readonly TrialRecord[],
  damage: readonly string[],
): SweepRow {
  const { name, description, tags = [], trial } = config;
  const summary = summarize(name, records, keysOfSeed(config.references));
  const { counts, best } = summary;
  const ended = (counts.done ?? 0) + (counts.diverged ?? 0) + (counts.pruned ?? 0);
  return {
    folder: basename(dir),
    name,
    ...(description === undefined ? {} : { description }),
    words: [trial.model, trial.dataset.name, ...tags].filter((word) => typeof word === 'string'),
    state: stateOf(counts, ended, records.length),
    counts,
    total: records.length,
    ended,
    ...(best ? { best: { text: describeBest(best), accuracy: best.accuracy, at: nameOfBest(summary) } } : {}),
    written: lastWritten(dir, records),
    damage,
  };
}

/** When a trial of `records` last started, ended, or wrote metrics, ISO 8601; where none has, when the plan was written. */
export function lastWritten(dir: string, records: readonly TrialRecord[]): string {
  let last = 0;
  for (const { trial, status } of records) {
    const time = status?.endedAt ?? status?.startedAt;
    if (time !== undefined) last = Math.max(last, Date.parse(time) || 0);
    if (status?.status === 'running')
      last = Math.max(last, writtenAt(trialFiles(runFiles(dir).trial(trial.id)).metrics));
  }
  return isoTime(last || writtenAt(runFiles(dir).plan));
}

function stateOf(counts: SweepSummary['counts'], ended: number, total: number): SweepRow['state'] {
  if (counts.running) return 'running';
  if (ended === total) return 'finished';
  return counts.queued === total ? 'not started' : 'stopped';
}

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
