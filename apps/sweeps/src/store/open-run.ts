import { sweepTrials } from '../plan/index.js';
import { type FullTrialRecord, hasEnded, type Trial, type TrialRecord } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import { readUnlessDamaged } from './read-json.js';
import { fullRecord, readPlan, readRecord, runFiles, type StoredPlan } from './run-folder.js';
import { fileStamp, readTrial, trialFiles } from './trial-folder.js';
import { readIndex, type StoredTrial, type TrialIndex } from './trial-index/read-index.js';
import { writeIndex } from './trial-index/write-index.js';

/** A run folder as its files tell. */
export interface OpenRun {
  readonly plan: StoredPlan;
  readonly records: FullTrialRecord[];
  /** What is damaged, a line each with the way out; grows as metrics and environments are read. */
  readonly damage: ReadonlySet<string>;
}

/**
 * The plan and the trials of the run folder `dir`; throws a `SweepError` where there is none. A trial whose folder is gone, or
 * damaged, is made again from the plan, as one that has not run.
 *
 * What the index knows of trials that have ended is taken from there, and an index that lacks some is brought up to date,
 * unless the folder is only to be read.
 */
export async function openRun(dir: string, { isReadOnly = false } = {}): Promise<OpenRun> {
  const index = await readIndex(dir);
  const { plan, trials, damage } = readRun(dir, index);
  if (index && !isReadOnly) await saveIndex(dir, trials, index);
  return { plan, records: trials.map((trial) => fullRecord(dir, trial, (message) => damage.add(message))), damage };
}

/** Reads what the run folder `dir` says of a trial, by its index where that is current. Writes nothing. */
export async function recordReader(dir: string): Promise<(trial: Trial) => TrialRecord> {
  const index = await readIndex(dir);
  return (trial) => {
    const { status, damage } = readStored(dir, trial.id, index, () => trial) ?? {};
    return { trial, ...(status ? { status } : {}), ...(damage ? { damage } : {}) };
  };
}

/** Makes the index of the run folder `dir`, or brings it up to date. */
export async function updateIndex(dir: string): Promise<void> {
  const index = await readIndex(dir);
  await saveIndex(dir, readRun(dir, index).trials, index);
}

/** Makes the index of the run folder `dir` from its files alone, and returns how many trials are in it; tells what is damaged. */
export async function rebuildIndex(dir: string, onDamage: (message: string) => void = () => {}): Promise<number> {
  const { trials, damage } = readRun(dir, undefined);
  for (const message of damage) onDamage(message);
  await writeIndex(dir, trials, undefined, onDamage);
  return trials.length;
}

interface ReadRun {
  readonly plan: StoredPlan;
  readonly trials: StoredTrial[];
  /** What is wrong with their files, and which trials neither their folders nor the plan know any more. */
  readonly damage: Set<string>;
}

function readRun(dir: string, index: TrialIndex | undefined): ReadRun {
  const plan = readPlan(dir);
  if (!plan) {
    throw new SweepError(
      `${dir}: is no run folder (it has no plan.json). \`nf-sweeps ls\` lists the ones under runs/.`,
    );
  }
  let made: ReadonlyMap<string, Trial> | undefined;
  const planned = (id: string) => {
    made ??= trialsOfPlan(dir, plan);
    return made.get(id);
  };
  const trials: StoredTrial[] = [];
  const damage = new Set<string>();
  for (const id of plan.trials) {
    const stored = readStored(dir, id, index, planned);
    if (stored) trials.push(stored);
    if (stored?.damage) damage.add(stored.damage);
    if (!stored)
      damage.add(`${trialFiles(runFiles(dir).trial(id)).config}: is gone. Run the sweep again to train the trial.`);
  }
  return { plan, trials, damage };
}

/** The trials of `plan` by id, made again from its config; none where that is of another version. */
function trialsOfPlan(dir: string, { config }: StoredPlan): ReadonlyMap<string, Trial> {
  try {
    return new Map(sweepTrials(config, (trial) => readRecord(dir, trial)).map((trial) => [trial.id, trial]));
  } catch {
    return new Map();
  }
}

/**
 * The trial `id`, by the index where its status file is the one that was indexed, else by its folder; undefined where `planned`
 * does not know one that has none.
 */
function readStored(
  dir: string,
  id: string,
  index: TrialIndex | undefined,
  planned: (id: string) => Trial | undefined,
): StoredTrial | undefined {
  const folder = runFiles(dir).trial(id);
  // From before the files are read: what changes in between is found at the next look.
  const stamp = fileStamp(trialFiles(folder).status);
  const known = index?.get(id);
  if (known?.stamp === stamp) return known;
  const own = readUnlessDamaged(() => readTrial(folder));
  const trial = own.value?.id === id ? own.value : planned(id);
  if (!trial) return undefined;
  const { status, damage = own.damage } = readRecord(dir, trial);
  return { stamp, trial, ...(status ? { status } : {}), ...(damage ? { damage } : {}) };
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
