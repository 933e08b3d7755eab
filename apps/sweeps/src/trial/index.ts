// One trial in its own process: a trial's folder in, its data, model, optimizer and step made, and status, metrics and
// checkpoints out. Loads TensorFlow.js only when the training begins.

export { checkClipExclude } from './check-clip-exclude.js';
export { missingData } from './missing-data.js';
export { type RunTrialOptions, runTrial } from './run-trial.js';
export { type DataSurvey, surveyData } from './survey-data.js';
