export { type LoadOptions, loadSweepConfig } from './config/index.js';
export {
  type ExecuteOptions,
  type Executor,
  type ExecutorEvent,
  type LocalExecutorOptions,
  localExecutor,
  type RunSweepOptions,
  runSweep,
  type SweepEvent,
  type TrialJob,
} from './execute/index.js';
export { type Boundary, boundaries, planTrials, type Sampler, sweepTrials } from './plan/index.js';
export {
  type FigureFile,
  type Report,
  renderReport,
  type SweepSummary,
  summarize,
  type TrialSummary,
} from './report/index.js';
export type {
  FullTrialRecord,
  MetricsEvent,
  OwnTrial,
  SweepConfig,
  SweepConfigInput,
  Trial,
  TrialConfig,
  TrialContext,
  TrialEvent,
  TrialFunction,
  TrialMetrics,
  TrialOutcome,
  TrialRecord,
} from './schema/index.js';
export { SweepError } from './sweep-error.js';
