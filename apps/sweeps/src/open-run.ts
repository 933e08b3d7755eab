import { readPlan, readPlannedTrials, readRecords, type StoredPlan, type TrialRecord } from './run-folder.js';
import { SweepError } from './sweep-error.js';

/** The plan and the trials of the run folder `dir`; throws a `SweepError` where there is none. */
export function openRun(dir: string): { plan: StoredPlan; records: TrialRecord[] } {
  const plan = readPlan(dir);
  if (!plan) {
    throw new SweepError(
      `${dir}: is no run folder (it has no plan.json). \`nf-sweeps ls\` lists the ones under runs/.`,
    );
  }
  return { plan, records: readRecords(dir, readPlannedTrials(dir, plan)) };
}
