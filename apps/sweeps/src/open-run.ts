import type { Trial } from './plan-trials.js';
import {
  type FullTrialRecord,
  fullRecord,
  readPlan,
  runFiles,
  type StoredPlan,
  type TrialRecord,
} from './run-folder.js';
import { SweepError } from './sweep-error.js';
import { fileStamp, hasEnded, readStatus, readTrial, trialFiles } from './trial-folder.js';
import { readIndex, type StoredTrial, type TrialIndex } from './trial-index/read-index.js';
import { writeIndex } from './trial-index/write-index.js';

/**
 * The plan and the trials of the run folder `dir`; throws a `SweepError` where there is none.
 *
 * What the index knows of trials that have ended is taken from there, and an index that lacks some is brought up to date.
 */
export async function openRun(dir: string): Promise<{ plan: StoredPlan; records: FullTrialRecord[] }> {
  const index = await readIndex(dir);
  const { plan, trials } = readRun(dir, index);
  if (index) await saveIndex(dir, trials, index);
  return { plan, records: trials.map((trial) => fullRecord(dir, trial)) };
}

/** Reads what the run folder `dir` says of a trial, by its index where that is current. Writes nothing. */
export async function recordReader(dir: string): Promise<(trial: Trial) => TrialRecord> {
  const index = await readIndex(dir);
  return (trial) => {
    const status = readStored(dir, trial.id, index, trial)?.status;
    return { trial, ...(status ? { status } : {}) };
  };
}

/** Makes the index of the run folder `dir`, or brings it up to date. */
export async function updateIndex(dir: string): Promise<void> {
  const index = await readIndex(dir);
  await saveIndex(dir, readRun(dir, index).trials, index);
}

/** Makes the index of the run folder `dir` from its files alone, and returns how many trials are in it. */
export async function rebuildIndex(dir: string): Promise<number> {
  const { trials } = readRun(dir, undefined);
  await writeIndex(dir, trials);
  return trials.length;
}

function readRun(dir: string, index: TrialIndex | undefined): { plan: StoredPlan; trials: StoredTrial[] } {
  const plan = readPlan(dir);
  if (!plan) {
    throw new SweepError(
      `${dir}: is no run folder (it has no plan.json). \`nf-sweeps ls\` lists the ones under runs/.`,
    );
  }
  return { plan, trials: plan.trials.flatMap((id) => readStored(dir, id, index) ?? []) };
}

/** The trial `id`, by the index where its status file is the one that was indexed; undefined where it has no folder. */
function readStored(dir: string, id: string, index: TrialIndex | undefined, planned?: Trial): StoredTrial | undefined {
  const folder = runFiles(dir).trial(id);
  // From before the files are read: what changes in between is found at the next look.
  const stamp = fileStamp(trialFiles(folder).status);
  const known = index?.get(id);
  if (known?.stamp === stamp) return known;
  const trial = planned ?? readTrial(folder);
  if (!trial) return undefined;
  const status = readStatus(folder);
  return { stamp, trial, ...(status ? { status } : {}) };
}

async function saveIndex(dir: string, trials: readonly StoredTrial[], index: TrialIndex | undefined): Promise<void> {
  const isMissing = (stored: StoredTrial) => hasEnded(stored.status) && index?.get(stored.trial.id) !== stored;
  if (index && !trials.some(isMissing)) return;
  try {
    await writeIndex(dir, trials, index);
  } catch {
    // Nothing depends on it, and the folder may be somebody else's or the disk full.
  }
}
