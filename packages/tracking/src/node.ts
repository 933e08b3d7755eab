export { JsonLines, jsonLines, readJsonLines } from './json-lines.js';
export { type ProgressLineSettings, type ProgressStream, progressLine } from './progress-line.js';
export { resumableMLflowRun } from './resumable-mlflow-run.js';
export { TensorBoardWriter, tensorBoardWriter } from './tensorboard-writer.js';
