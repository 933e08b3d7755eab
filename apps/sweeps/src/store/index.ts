// Files: the run folder, the folders of its trials, who holds which (locks and leases), and the index over them. In: records to
// write. Out: what is there, with what is damaged told and left out.

export { csvText, type FlatTrial, flatTrial } from './flat-trial.js';
export { layOutRun } from './lay-out-run.js';
export { type OpenRun, openRun, rebuildIndex, recordReader, updateIndex } from './open-run.js';
export { processIdentity } from './process-identity.js';
export { readPruneReason, requestPrune } from './prune-request.js';
export { readJson, readUnlessDamaged } from './read-json.js';
export {
  fullRecord,
  listRunFolders,
  readPlan,
  readPlannedTrials,
  readRecord,
  readRecords,
  runFiles,
  type StoredPlan,
} from './run-folder.js';
export { lockRunFolder } from './run-lock.js';
export { SOURCE_VARIABLE, type SourceState, sourceState } from './source-state.js';
export { isPartOf, planConflicts, storedPlan } from './stored-plan.js';
export {
  createTrialFolder,
  readEnvironment,
  readEpochs,
  readMetrics,
  readSoundStatus,
  readStatus,
  readTrial,
  trialFiles,
} from './trial-folder.js';
export {
  acquireLease,
  LEASE_SECONDS,
  LeaseHeldError,
  LeaseLostError,
  type TrialLease,
  underLease,
} from './trial-lease.js';
export { readTrialLine, trialLine } from './trial-lines.js';
export { explainFullDisk, explainUnwritable, jsonText, writeFileSafely, writeJson } from './write-file-safely.js';
