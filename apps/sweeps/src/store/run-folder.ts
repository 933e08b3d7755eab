import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FullTrialRecord, isOwnTrial, type SweepConfig, type Trial, type TrialRecord } from '../schema/index.js';
import { readJson, readUnlessDamaged } from './read-json.js';
import { readEnvironment, readMetrics, readSoundStatus, readTrial } from './trial-folder.js';

/** The file `plan.json` of a run folder: what the folder is for. */
export interface StoredPlan {
  readonly format: 1;
  /** Hash of the trials. */
  readonly hash: string;
  readonly config: SweepConfig;
  /** Ids of the planned trials, in the order of the plan. */
  readonly trials: readonly string[];
}

/** The files of a run folder. */
export function runFiles(dir: string) {
  return {
    plan: join(dir, 'plan.json'),
    /** Where the trials are recorded besides; absent where nowhere. */
    track: join(dir, 'track.json'),
    trial: (id: string) => join(dir, 'trials', id),
    summary: join(dir, 'summary.json'),
    /** How much each axis matters; absent while too little has ended. */
    importance: join(dir, 'importance.json'),
    /** What clipping did; absent where no trial clips. */
    clipping: join(dir, 'clipping.json'),
    figures: join(dir, 'figures'),
    figure: (name: string, kind: 'vl.json' | 'svg' | 'png') => join(dir, 'figures', `${name}.${kind}`),
    report: join(dir, 'report.html'),
    index: join(dir, 'index.sqlite'),
  };
}

/** The plan in the run folder `dir`; undefined when there is none. Throws a `DamagedFileError`. */
export const readPlan = (dir: string) =>
  readJson<StoredPlan>(runFiles(dir).plan, {
    isValid: isPlan,
    wayOut: 'Delete it and run the sweep again: it is written anew, and the trials are kept',
  });

/** What the run folder `dir` holds of `trials`. */
export function readRecords(dir: string, trials: readonly Trial[]): TrialRecord[] {
  return trials.map((trial) => readRecord(dir, trial));
}

/** What the run folder `dir` holds of one trial. */
export function readRecord(dir: string, trial: Trial): TrialRecord {
  const { value: status, damage } = readUnlessDamaged(() => readSoundStatus(runFiles(dir).trial(trial.id)));
  return { trial, ...(status ? { status } : {}), ...(damage ? { damage } : {}) };
}

/**
 * `record` with the metrics, and the environment where it is not known, from the run folder `dir` when they are asked for; what
 * is damaged of them is told to `onDamage`.
 */
export function fullRecord(
  dir: string,
  { trial, status, environment }: Omit<FullTrialRecord, 'metrics'>,
  onDamage: (message: string) => void = () => {},
): FullTrialRecord {
  const folder = runFiles(dir).trial(trial.id);
  let known = environment;
  return {
    trial,
    ...(status ? { status } : {}),
    // Of ten thousand trials a report draws a few hundred.
    get metrics() {
      return readMetrics(folder, onDamage);
    },
    get environment() {
      if (known) return known;
      const { value, damage } = readUnlessDamaged(() => readEnvironment(folder));
      if (damage) onDamage(damage);
      known = value;
      return known;
    },
  };
}

/** The trials of the plan stored in `dir`, from their own folders, where those are sound. */
export function readPlannedTrials(dir: string, { trials }: StoredPlan): Trial[] {
  return trials.flatMap((id) => readUnlessDamaged(() => readTrial(runFiles(dir).trial(id))).value ?? []);
}

/** The run folders in `dir`, by name. */
export function listRunFolders(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && hasPlan(join(dir, entry.name)))
    .map((entry) => join(dir, entry.name))
    .sort();
}

/** Whether the folder `dir` has a plan, be it one that cannot be read. */
function hasPlan(dir: string): boolean {
  try {
    return lstatSync(runFiles(dir).plan, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function isPlan(value: unknown): boolean {
  const { config, trials } = (value ?? {}) as Partial<Record<keyof StoredPlan, unknown>>;
  const { name, trial, axes, description, tags, boundary, prune } = (config ?? {}) as Partial<
    Record<keyof SweepConfig, unknown>
  >;
  const isSection = (section: unknown) => typeof section === 'object' && section !== null && !Array.isArray(section);
  return (
    typeof name === 'string' &&
    [trial, axes, boundary ?? {}, prune ?? {}].every(isSection) &&
    (isOwnTrial(trial as object) || isSection((trial as Partial<SweepConfig['trial']>).learningRate)) &&
    (description === undefined || typeof description === 'string') &&
    (tags === undefined || (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string'))) &&
    Array.isArray(trials) &&
    // They become paths.
    trials.every((id) => typeof id === 'string' && /^[\w-]+$/.test(id))
  );
}
