import type { Settings } from '../settings/index.js';
import { makeRun, type RunData } from './make-run.js';
import type { RunMessage } from './run-message.js';
import { stepRun } from './step-run.js';

/** How a run ended, or how far it is. */
export interface CellProgress {
  readonly step: number;
  readonly steps: number;
  /** Share of the test images that are told right, of the last epoch that is over. */
  readonly accuracy?: number;
  readonly state: 'running' | 'done' | 'diverged';
}

/** Trains one cell of a map to its end, step by step, so that the caller may stop between two. */
export async function* runCell(settings: Settings, isClipped: boolean, data: RunData): AsyncGenerator<CellProgress> {
  const run = makeRun(settings, isClipped, data);
  let progress: CellProgress = { step: 0, steps: run.steps, state: 'running' };
  const follow = (message: RunMessage) => {
    const { type, step } = message;
    if (type === 'epoch') progress = { ...progress, accuracy: message.accuracy };
    else if (type === 'step') progress = { ...progress, step };
    else progress = { ...progress, step, state: type === 'end' ? 'done' : 'diverged' };
  };
  try {
    while (await stepRun(run, 'clipped', follow)) yield progress;
    yield progress;
  } finally {
    await run.dispose();
  }
}
