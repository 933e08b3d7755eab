import { type Remote, wrap } from 'comlink';
import type { TrainingApi } from './training.worker.js';

export type Training = Remote<TrainingApi>;

/** Starts the worker that computes; what it needs is loaded there. */
export function startTraining(): Training {
  return wrap<TrainingApi>(new Worker(new URL('./training.worker.ts', import.meta.url), { type: 'module' }));
}
