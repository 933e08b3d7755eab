// Settings become runs, and runs become messages. What computes is behind `training.worker.ts`; the page starts that, and takes types alone
// from here, so that neither engine nor trainer is loaded before it is painted.
export type { CellProgress } from './run-cell.js';
export type { RunMessage, Side } from './run-message.js';
export type { SignalVariance } from './signal-variance.js';
export { startTraining, type Training } from './start-training.js';
export type { EngineFacts, MapTask, PairFacts } from './training.worker.js';
export type { UnitRatios } from './unit-meter.js';
