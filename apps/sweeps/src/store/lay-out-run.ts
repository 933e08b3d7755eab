import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StoredTrack, SweepConfig, Trial } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import { readPlan, runFiles, type StoredPlan } from './run-folder.js';
import { isPartOf, planConflicts, storedPlan } from './stored-plan.js';
import { createTrialFolder } from './trial-folder.js';
import { writeJson } from './write-file-safely.js';

/**
 * Writes the plan of `config` and the folders of its `trials` into the run folder `dir`, where they are not there. Returns the
 * plan that the folder has then: a larger one where `trials` are a part of it. Throws a `SweepError` where another plan's trials are.
 */
export function layOutRun(dir: string, config: SweepConfig, trials: readonly Trial[]): StoredPlan {
  const plan = openPlan(dir, storedPlan(config, trials));
  // Not in the trials' configs: it changes nothing of what they compute, and may change from run to run.
  if (config.track) writeJson(runFiles(dir).track, storedTrack(config.name, config.track));
  else rmSync(runFiles(dir).track, { force: true });
  for (const trial of trials) createTrialFolder(runFiles(dir).trial(trial.id), trial);
  return plan;
}

/** A folder is the one that is meant here: trials may run elsewhere. */
const storedTrack = (sweep: string, { trackio, ...track }: NonNullable<SweepConfig['track']>): StoredTrack => ({
  sweep,
  ...track,
  ...(trackio === undefined ? {} : { trackio: resolve(trackio) }),
});

/** Stores the plan `planned` in `dir`, unless it is a part of the one there, or throws where another plan's trials are. */
function openPlan(dir: string, planned: StoredPlan): StoredPlan {
  const stored = readPlan(dir);
  const conflicts = stored ? planConflicts(stored, planned) : [];
  if (conflicts.length > 0) {
    throw new SweepError(
      [
        `${dir}: this folder belongs to another plan:`,
        ...conflicts.map((line) => `  ${line}`),
        'Give another folder with --out, change the config back, or delete the folder. (A config that only adds axis values, or leaves some out, may continue in it.)',
      ].join('\n'),
    );
  }
  if (stored && isPartOf(stored, planned)) return stored;
  if (stored?.hash !== planned.hash) writeJson(runFiles(dir).plan, planned);
  return planned;
}
