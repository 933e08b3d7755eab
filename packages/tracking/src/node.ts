/**
 * What needs Node.
 *
 * @module node
 */

export { JsonLines, jsonLines, readJsonLines } from './json-lines/json-lines.js';
export { resumableMLflowRun } from './mlflow/resumable-mlflow-run.js';
export { type ProgressLineSettings, type ProgressStream, progressLine } from './progress/progress-line.js';
export { TensorBoardWriter, tensorBoardWriter } from './tensorboard/tensorboard-writer.js';
export { type TrackioOptions, TrackioRun, trackioRun } from './trackio/trackio-run.js';
