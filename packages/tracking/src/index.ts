export { eventMetrics } from './event-metrics.js';
export { eventRecord, versionRecord } from './event-record.js';
export { type FollowOptions, follow } from './follow.js';
export { experimentValue, type Hyperparameters, sessionEndValue, sessionStartValue } from './hparams-values.js';
export { fromJsonLine, toJsonLine } from './json-line.js';
export { type MLflowOptions, MLflowRun, mlflowRun } from './mlflow-run.js';
export { advanceProgress, NO_PROGRESS, type Progress, type ProgressLineOptions, renderProgress } from './progress.js';
export type { LayerClipping, Outcome, RunEvent, Sink } from './run-event.js';
export { histogramValue, imageValue, scalarValue, textValue } from './summary-values.js';
