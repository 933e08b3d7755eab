/**
 * What runs in a browser too.
 *
 * @module index
 */

export { eventMetrics } from './events/event-metrics.js';
export type { Settings } from './events/flat-settings.js';
export { type FollowOptions, follow } from './events/follow.js';
export type { LayerClipping, Outcome, RunEvent, Sink } from './events/run-event.js';
export { fromJsonLine, toJsonLine } from './json-lines/json-line.js';
export { type MLflowOptions, MLflowRun, mlflowRun } from './mlflow/mlflow-run.js';
export { MLflowError, type MLflowServer } from './mlflow/mlflow-server.js';
export {
  advanceProgress,
  NO_PROGRESS,
  type Progress,
  type ProgressLineOptions,
  renderProgress,
} from './progress/progress.js';
export { eventRecord, restartRecords, versionRecord } from './tensorboard/event-record.js';
export {
  experimentValue,
  type Hyperparameters,
  sessionEndValue,
  sessionStartValue,
} from './tensorboard/hparams-values.js';
export { histogramValue, imageValue, scalarValue, textValue } from './tensorboard/summary-values.js';
