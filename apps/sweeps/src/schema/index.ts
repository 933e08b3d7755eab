// What a config, a trial and its record may hold: types, rules, defaults and the few questions that a record answers by
// itself. Nothing is read, planned or run here; every other room speaks in these words.

export { assertConfig, assertFile, assertRecords } from './assert-arguments.js';
export { MAX_TRIALS } from './axes-schema.js';
export { axisValueAt, axisValues, countAxisValues, type WrittenAxis } from './axis-values.js';
export { CLIP_RULES, type Clip, type ClipRule, canonicalClip, clipOf } from './clip-schema.js';
export { datasetSchema } from './dataset-schema.js';
export { DATASETS, type DatasetName, datasetFacts } from './datasets.js';
export { defaultOf } from './default-of.js';
export type { ClipLine, MetricsLine, ProgressLine } from './metrics-line.js';
export { isOwnTrial, ownKeys } from './own-trial.js';
export {
  ownSweepSchema,
  type SweepConfig,
  type SweepConfigInput,
  sweepSchema,
  type TrialReferences,
} from './sweep-schema.js';
export type { StoredTrack } from './track-schema.js';
export type { Trial } from './trial.js';
export { TRIAL_EXIT } from './trial-exit.js';
export type {
  MetricsEvent,
  OwnTrial,
  TrialContext,
  TrialEvent,
  TrialFunction,
  TrialMetrics,
  TrialOutcome,
} from './trial-function.js';
export { isWholeKey, TRIAL_KEYS, valueAtKey, withValueAtKey } from './trial-keys.js';
export type { FullTrialRecord, TrialRecord } from './trial-record.js';
export { type TrialConfig, trialSchema } from './trial-schema.js';
export {
  checkedStatus,
  hasDiverged,
  hasEnded,
  isFinished,
  isStatus,
  lostMetric,
  type ProcessIdentity,
  settledOutcome,
  type TrialStatus,
  trialSeconds,
} from './trial-status.js';
